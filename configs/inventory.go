package configs

import (
	"errors"
	"fmt"
	"os"
	"strconv"

	"github.com/rt3d-tune/rt3d-tune/remote"
)

// Inventory is a file of devices by name, so that commands take --device NAME.
type Inventory struct {
	Devices []remote.Config `yaml:"devices"`
	Path    string          `yaml:"-"`
}

// LoadInventory reads and checks a file of devices.
func LoadInventory(path string) (*Inventory, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, &Error{File: path, Problem: fmt.Sprintf("cannot be read: %v", errors.Unwrap(err))}
	}
	inv := &Inventory{Path: path}
	root, err := decode(path, text, inventorySchema, inv)
	if err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	for i, d := range inv.Devices {
		if seen[d.Name] {
			return nil, place(path, root, []string{"devices", strconv.Itoa(i), "name"}, fmt.Sprintf("%q is there twice; names must differ", d.Name))
		}
		seen[d.Name] = true
	}
	return inv, nil
}

// Find gives the device with a name.
func (inv *Inventory) Find(name string) (remote.Config, bool) {
	for _, d := range inv.Devices {
		if d.Name == name {
			return d, true
		}
	}
	return remote.Config{}, false
}
