package trajectory

import "testing"

func BenchmarkGenerate(b *testing.B) {
	g, err := NewGenerator(banino(b))
	if err != nil {
		b.Fatal(err)
	}
	t := New(100)
	row := make([]byte, 0, Fields(100).Size())
	b.ReportAllocs()
	k := uint64(0)
	for b.Loop() {
		g.Generate(k, t)
		row = t.AppendRow(row[:0])
		k++
	}
}
