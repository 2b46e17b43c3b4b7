// Package ensemble encodes positions and head directions in the activities of
// place cells and head-direction cells, and decodes them again.
//
// Definitions are those of Banino et al. 2018 (Methods, "Place cells and head
// direction cells") and of the program released with it: centres drawn by
// NumPy's RandomState(seed).uniform, isotropic Gaussian log-densities for
// place cells, von Mises log-densities for head-direction cells, both without
// normaliser. In a periodic room distances are the shortest ones around the
// torus, in codes as in decoding. Lengths are in metres, angles in radians.
package ensemble
