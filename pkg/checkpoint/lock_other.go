//go:build !unix || solaris || aix

package checkpoint

import "os"

func lockFile(*os.File) error { return nil }
