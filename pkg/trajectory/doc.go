// Package trajectory makes the trajectories of a foraging rat, from which the
// networks learn: motion models, arenas, recorded paths, and the layout of a
// trajectory's record.
//
// A [Trajectory] has T stored steps:
//
//	init_pos    [2]     m    where the animal starts
//	init_hd     [1]     rad  its heading there
//	ego_vel     [T, 3]       distance moved, cosine and sine of the turn ([EgoVel])
//	target_pos  [T, 2]  m    positions after each step
//	target_hd   [T, 1]  rad  headings after each step, in [−π, π)
//
// The origin is the centre of the arena. Headings are counter-clockwise from the
// x axis. This is the layout of the dataset released with Banino et al., Nature
// 557 (2018). [NewModel]("banino") is the motion model that a surviving sample of
// that dataset shows.
//
// Trajectory k of a [Generator] depends only on the seed and on k.
package trajectory

// Run go generate in this directory after changing _gen.

//go:generate go run -C _gen . -out ../vector_amd64.s -stubs ../vector_stubs_amd64.go -pkg trajectory
