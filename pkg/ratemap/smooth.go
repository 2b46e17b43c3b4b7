package ratemap

import "math"

// Smooth writes to dst the ratemap [n, n] smoothed by a Gaussian of the given
// standard deviation (bins), cut off at four of them. Bins that are NaN, and
// those beyond the walls, have no weight; NaN stays NaN. dst may not be src.
func Smooth(dst, src []float64, n int, sigma float64) {
	if sigma <= 0 {
		copy(dst, src)
		return
	}
	reach := int(math.Ceil(4 * sigma))
	kernel := make([]float64, reach+1)
	for i := range kernel {
		kernel[i] = math.Exp(-0.5 * float64(i*i) / (sigma * sigma))
	}
	values, weights := make([]float64, n*n), make([]float64, n*n)
	for i := range n { // along y
		for j := range n {
			for k := max(0, j-reach); k <= min(n-1, j+reach); k++ {
				if v := src[i*n+k]; v == v {
					w := kernel[max(j-k, k-j)]
					values[i*n+j] += w * v
					weights[i*n+j] += w
				}
			}
		}
	}
	for i := range n { // along x
		for j := range n {
			if v := src[i*n+j]; v != v {
				dst[i*n+j] = v
				continue
			}
			var sum, weight float64
			for k := max(0, i-reach); k <= min(n-1, i+reach); k++ {
				w := kernel[max(i-k, k-i)]
				sum += w * values[k*n+j]
				weight += w * weights[k*n+j]
			}
			dst[i*n+j] = sum / weight
		}
	}
}
