package gridscore

// lines are rows of numbers within values. The first row begins at first, and each
// other stride numbers after the one before it; stride may be negative.
type lines struct {
	values        []float64
	first, stride int
}

// row returns some numbers of a row.
func (l lines) row(i, columns int) []float64 {
	return l.values[l.first+i*l.stride:][:columns]
}

// check panics if rows of this number of columns do not lie within values.
func (l lines) check(rows, columns int) {
	_, _ = l.row(0, columns), l.row(rows-1, columns)
}

// shape is a number of rows and columns that are moved.
type shape struct{ rows, columns int }

// transposeLines sets column i of to to row i of from.
func transposeLines(to, from lines, s shape, vector bool) {
	if vector && min(s.rows, s.columns) >= leastVector {
		transposeVectors(to, from, s)
	} else {
		transposeScalar(to, from, s)
	}
}

// reverseLines sets each row of to to that of from, last number first.
func reverseLines(to, from lines, s shape, vector bool) {
	if vector && s.rows > 0 && s.columns >= leastVector {
		reverseVectors(to, from, s)
	} else {
		reverseScalar(to, from, s)
	}
}

// copyLines sets each row of to to that of from.
func copyLines(to, from lines, s shape, vector bool) {
	if vector && s.rows > 0 && s.columns >= leastVector {
		copyVectors(to, from, s)
	} else {
		copyScalar(to, from, s)
	}
}

// leastVector is the smallest number of columns, and of rows that are transposed, that
// vectors move.
const leastVector = 4

func transposeScalar(to, from lines, s shape) {
	for i := range s.rows {
		for j, v := range from.row(i, s.columns) {
			to.row(j, s.rows)[i] = v
		}
	}
}

func reverseScalar(to, from lines, s shape) {
	for i := range s.rows {
		reversed := to.row(i, s.columns)
		for k, v := range from.row(i, s.columns) {
			reversed[s.columns-1-k] = v
		}
	}
}

func copyScalar(to, from lines, s shape) {
	for i := range s.rows {
		copy(to.row(i, s.columns), from.row(i, s.columns))
	}
}
