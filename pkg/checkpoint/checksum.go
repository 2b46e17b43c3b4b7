package checkpoint

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"

	"gridcells/pkg/safetensors"
)

// checksumKey is the member of the metadata that holds the checksum of
// everything else. The safetensors format itself has no checksum, and a
// changed bit would be taken for a weight.
const checksumKey = "sha256"

// checksum is the SHA-256 of the file without the checksum and with its
// tensors sorted by name. It therefore does not depend on the order of the
// tensors in the file.
func checksum(f *safetensors.File) (string, error) {
	rest := &safetensors.File{Metadata: maps.Clone(f.Metadata), Tensors: slices.Clone(f.Tensors)}
	delete(rest.Metadata, checksumKey)
	slices.SortFunc(rest.Tensors, func(a, b safetensors.Tensor) int { return cmp.Compare(a.Name, b.Name) })
	h := sha256.New()
	if err := rest.Write(h); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// verify compares a file with its checksum. Checkpoints of format 1 and files
// of weights alone have no checksum. An empty checksum is accepted too, so
// that people can change a checkpoint by hand.
func verify(f *safetensors.File) error {
	stored, ok := f.Metadata[checksumKey]
	switch {
	case !ok && f.Metadata[versionKey] == formatVersion:
		return fmt.Errorf("the metadata have no %s: the file is damaged", checksumKey)
	case stored == "":
		return nil
	}
	sum, err := checksum(f)
	if err != nil {
		return err
	}
	if sum != stored {
		return errors.New("the content does not match its checksum: the file is damaged, or was changed without emptying " + checksumKey + " in the metadata")
	}
	return nil
}
