//go:build !amd64 || noasm

package ensemble

func (p *posteriors) vector() { p.scalar() }
