// Package ensemble encodes positions and head directions in the activities of
// place cells and head-direction cells, and decodes them again.
//
// An ensemble is a population of such cells. The definitions are those of Banino
// et al. 2018 (Methods, "Place cells and head direction cells") and of the program
// released with it. NumPy's RandomState(seed).uniform draws the centres. The
// log-density of a place cell is an isotropic Gaussian, that of a head-direction
// cell is a von Mises function; both lack their constant. The posterior is the
// softmax of the log-densities. In a periodic room (a torus) all distances are the
// shortest ones around it. Lengths are in metres, angles in radians.
package ensemble

// Run go generate in this directory after changing _gen.

//go:generate go run -C _gen . -out ../vector_amd64.s -stubs ../vector_stubs_amd64.go -pkg ensemble
