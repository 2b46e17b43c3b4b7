package parallel

import (
	"sync"
	"testing"
	"time"
)

func TestProgress(t *testing.T) {
	var p Progress
	data := make([]int, 100)
	var readers sync.WaitGroup
	for range 3 {
		readers.Go(func() {
			for i := range data {
				p.Await(i + 1)
				if data[i] != i*i {
					t.Errorf("item %d is %d after its turn", i, data[i])
				}
			}
		})
	}
	for i := range data {
		if i%30 == 0 {
			time.Sleep(5 * time.Millisecond) // let the readers fall asleep
		}
		data[i] = i * i
		p.Set(i + 1)
	}
	readers.Wait()
	if !p.Reached(100) || p.Reached(101) {
		t.Errorf("the progress is not 100")
	}
}
