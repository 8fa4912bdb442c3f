package remote

import (
	"context"
	"errors"
	"fmt"
)

func probe(_ context.Context, t Transport, _ Config) (*Facts, error) {
	return nil, fmt.Errorf("probe %s: %w", t.Name(), errors.ErrUnsupported)
}
