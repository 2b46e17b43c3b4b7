package ratemap

import "math"

// Smooth writes to dst the ratemap src [nx, ny] smoothed by a Gaussian of the
// given standard deviation (bins), which is cut off at four standard deviations.
// Bins that are NaN have no weight, nor have bins beyond the walls. NaN stays
// NaN. dst must not be src.
func Smooth(dst, src []float64, ny int, sigma float64) {
	if sigma <= 0 {
		copy(dst, src)
		return
	}
	nx := len(src) / ny
	reach := int(math.Ceil(4 * sigma))
	kernel := make([]float64, reach+1)
	for i := range kernel {
		kernel[i] = math.Exp(-0.5 * float64(i*i) / (sigma * sigma))
	}
	values, weights := make([]float64, nx*ny), make([]float64, nx*ny)
	for i := range nx { // along y
		for j := range ny {
			for k := max(0, j-reach); k <= min(ny-1, j+reach); k++ {
				if v := src[i*ny+k]; !math.IsNaN(v) {
					w := kernel[max(j-k, k-j)]
					values[i*ny+j] += w * v
					weights[i*ny+j] += w
				}
			}
		}
	}
	for i := range nx { // along x
		for j := range ny {
			if v := src[i*ny+j]; math.IsNaN(v) {
				dst[i*ny+j] = v
				continue
			}
			var sum, weight float64
			for k := max(0, i-reach); k <= min(nx-1, i+reach); k++ {
				w := kernel[max(i-k, k-i)]
				sum += w * values[k*ny+j]
				weight += w * weights[k*ny+j]
			}
			dst[i*ny+j] = sum / weight
		}
	}
}
