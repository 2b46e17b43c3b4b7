// Package nulls makes null maps: ratemaps that a unit could have had without being a
// grid cell. A unit's score has a meaning only in comparison with the scores of such
// maps.
//
// The [Registry] lists the nulls by name, with what they need and what draws their
// maps. There are three sorts:
//
//   - Maps of one unit. [FieldShuffle] and [FieldCut] move the unit's firing fields to
//     random places. [GaussianField] keeps only the unit's radially averaged power
//     spectrum. [AmplitudeAdjusted] keeps that and the unit's values.
//   - Maps of a layer. [Rotation] mixes the maps of all units.
//   - Maps that are given: the unit's with its activity shifted in time, which need the
//     activities (the tool ratemaps makes them), and those of an untrained network.
//
// A ratemap is n×n values, row-major, with n from 1 to 512. NaN marks a bin that was
// never visited; it is NaN in the null maps of the unit too. All other values and
// their sum must be finite. A map that does not vary is allowed, and so are its null
// maps, which do not vary either. A unit none of whose bins was visited has no null
// maps.
//
// Every draw takes its random numbers from a stream that the caller gives. [Stream]
// returns the one that belongs to a seed, a null, a layer and a unit.
package nulls

// Run go generate in this directory after changing _gen.

//go:generate go run -C _gen . -out ../vector_amd64.s -stubs ../vector_stubs_amd64.go -pkg nulls
