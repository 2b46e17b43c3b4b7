package tensorboard_test

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"gridcells/pkg/tensorboard"
)

func Example() {
	dir, err := os.MkdirTemp("", "tensorboard")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	w, err := tensorboard.Create(dir, time.Now())
	if err != nil {
		fmt.Println(err)
		return
	}
	for step := range uint64(3) {
		if err := w.Write(time.Now(), step, []tensorboard.Scalar{{Tag: "loss", Value: 8 - float64(step)}}); err != nil {
			fmt.Println(err)
			return
		}
	}
	if err := w.Close(); err != nil {
		fmt.Println(err)
		return
	}
	files, _ := filepath.Glob(filepath.Join(dir, "events.out.tfevents.*"))
	fmt.Println(len(files), "event file")
	// Output: 1 event file
}
