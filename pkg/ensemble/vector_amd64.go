//go:build !noasm

package ensemble

// vector is scalar in AVX2 and FMA.
func (p *posteriors) vector() {
	if len(p.logs) > 0 {
		exponentialsAVX2(&p.logs[0], &p.largest[0], &p.vectors[0], len(p.vectors), negligible)
		sharesAVX2(&p.shares[0], &p.logs[0], &p.vectors[0], len(p.vectors))
	}
}
