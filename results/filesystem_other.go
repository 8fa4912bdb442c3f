//go:build !linux

package results

import "errors"

// statFileSystem knows only Linux; elsewhere nothing is refused.
func statFileSystem(string) (uint32, string, error) {
	return 0, "", errors.ErrUnsupported
}
