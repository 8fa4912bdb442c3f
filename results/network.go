package results

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"time"
)

// largestNetwork is what SQLite keeps in one value, in bytes.
const largestNetwork = 1_000_000_000

// SaveNetwork keeps a network, as ONNX, and gives the SHA-256 by which a trial names it (Trial.Refined).
// Saving the same network again changes nothing.
func (s *Store) SaveNetwork(ctx context.Context, onnx []byte) (string, error) {
	if len(onnx) > largestNetwork {
		return "", s.wrap("save network", fmt.Errorf("%w: %d bytes, and one value of the file holds at most %d", ErrInvalid, len(onnx), largestNetwork))
	}
	sum := sha256.Sum256(onnx)
	name := hex.EncodeToString(sum[:])
	err := s.transaction(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "INSERT OR IGNORE INTO network (sha256, saved, onnx) VALUES (?,?,?)", name, stamp(time.Now()), onnx)
		return err
	})
	return name, s.wrap("save network", err)
}

// Network reads a saved network as ONNX; ErrNotFound when there is none of that SHA-256.
func (s *Store) Network(ctx context.Context, sha256 string) (onnx []byte, err error) {
	err = s.read.QueryRowContext(ctx, "SELECT onnx FROM network WHERE sha256 = ?", sha256).Scan(&onnx)
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNotFound
	}
	return onnx, s.wrap(fmt.Sprintf("find network %.16s", sha256), err)
}
