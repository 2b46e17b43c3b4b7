package parallel_test

import (
	"fmt"

	"gridcells/pkg/parallel"
)

func Example() {
	team := parallel.New(2)
	defer team.Close()
	squares := make([]int, 7)
	team.Run(func(member int) {
		from, to := parallel.Share(len(squares), member, team.Size())
		for i := from; i < to; i++ {
			squares[i] = i * i
		}
	})
	fmt.Println(squares)
	// Output: [0 1 4 9 16 25 36]
}
