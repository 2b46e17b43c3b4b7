package network

// leading is the leading dimension for rows of n elements: a cache line more
// where n is a power of two or nearly so, since rows that lie such distances
// apart push each other out of the nearest cache.
func leading(n int) int {
	if n%128 == 0 {
		return n + align
	}
	return n
}
