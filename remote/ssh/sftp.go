package ssh

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"github.com/pkg/sftp"

	"github.com/rt3d-tune/rt3d-tune/remote"
	"github.com/rt3d-tune/rt3d-tune/remote/posix"
)

// sftp returns the connection's file session, and nil where the server has none.
func (n *native) sftp(ctx context.Context) (*sftp.Client, error) {
	c, err := n.client(ctx)
	if err != nil {
		return nil, err
	}
	n.dialing.Lock()
	defer n.dialing.Unlock()
	n.mu.Lock()
	current, files, none, lost := n.current, n.files, n.noFiles, n.lost
	n.mu.Unlock()
	switch {
	case current != c:
		return nil, remote.Fault(n.device, remote.ConnectionLost, "check the network", fmt.Errorf("start sftp: %w", lost))
	case files != nil || none:
		return files, nil
	}
	files, err = sftp.NewClient(c.Client, sftp.UseConcurrentWrites(true), sftp.UseConcurrentReads(true))
	if err != nil {
		// A server without the subsystem refuses the request or closes the channel, and lives on.
		if _, _, dead := c.SendRequest("keepalive@openssh.com", true, nil); dead != nil {
			return nil, remote.Fault(n.device, remote.ConnectionLost, "check the network", fmt.Errorf("start sftp: %w", err))
		}
		files = nil
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.current == c {
		n.files, n.noFiles = files, files == nil
	}
	return files, nil
}

// Upload implements posix.Mover.
func (n *native) Upload(ctx context.Context, r io.Reader, size int64, path string) error {
	files, err := n.sftp(ctx)
	if err != nil {
		return err
	}
	if files == nil {
		return posix.ErrNoMover
	}
	return n.guard(ctx, path, func() error {
		f, err := files.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC)
		if err != nil {
			return err
		}
		// Concurrent writes may leave holes when one fails; the hash that is compared afterwards tells.
		_, err = f.ReadFromWithConcurrency(&io.LimitedReader{R: r, N: size}, 0)
		return errors.Join(err, f.Close())
	})
}

// Download implements posix.Mover.
func (n *native) Download(ctx context.Context, path string, w io.Writer) error {
	files, err := n.sftp(ctx)
	if err != nil {
		return err
	}
	if files == nil {
		return posix.ErrNoMover
	}
	return n.guard(ctx, path, func() error {
		f, err := files.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		_, err = f.WriteTo(w)
		return err
	})
}

// guard runs a transfer until ctx ends, and names its faults.
func (n *native) guard(ctx context.Context, path string, transfer func() error) error {
	ended := make(chan error, 1)
	go func() { ended <- transfer() }()
	var err error
	select {
	case err = <-ended:
	case <-ctx.Done():
		// The transfer ends by itself when its reader does, or with the connection.
		select {
		case <-ended:
		case <-time.After(2 * time.Second):
		}
		return context.Cause(ctx)
	}
	var status *sftp.StatusError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, fs.ErrNotExist), ctx.Err() != nil:
		return err
	case errors.Is(err, fs.ErrPermission):
		return remote.Fault(n.device, remote.NotWritable, "use a directory that this user may write to", err)
	case errors.Is(err, sftp.ErrSSHFxConnectionLost), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return n.why(err)
	case errors.As(err, &status) && status.FxCode() == sftp.ErrSSHFxFailure:
		// The protocol has no code for a full disk: ask the device in its own words.
		return &posix.VagueError{Path: path, Err: err}
	}
	return err
}
