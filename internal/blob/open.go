package blob

import (
	"context"
	"path/filepath"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/problem"
)

// Config says where files are kept.
type Config struct {
	DataDir string // of the server; the folder "blobs" in it is used when Place is empty
	Place   string // a folder, or s3://bucket/prefix?endpoint=https://host:port&region=name
	KeyFile string // file with the key to encrypt with, outside of DataDir; empty: files are kept as they are

	AccessKey, SecretKey string // of S3-compatible storage
}

// draftFor is how long an upload may stand still before its draft is swept.
const draftFor = time.Hour

// Open opens the place where files are kept and sweeps what interrupted uploads
// left there. It returns an Invalid problem about "blobs" or "blob-key" if the
// place cannot be used as it is.
func Open(ctx context.Context, c Config, now time.Time) (*Store, error) {
	s := &Store{}
	var err error
	if c.KeyFile != "" {
		if s.master, err = readMaster(c.KeyFile, c.DataDir); err != nil {
			return nil, err
		}
	}
	switch {
	case strings.HasPrefix(c.Place, "s3://"):
		s.keeper, err = openS3(ctx, c)
	case strings.Contains(c.Place, "://"):
		err = problem.Field("blobs", "Files are kept in a folder or in S3-compatible storage: name a folder, or s3://bucket/prefix?endpoint=https://host&region=name.")
	case c.Place != "":
		s.keeper, err = openFolder(c.Place)
	default:
		s.keeper, err = openFolder(filepath.Join(c.DataDir, "blobs"))
	}
	if err != nil {
		return nil, err
	}
	if err := s.settleKey(ctx); err != nil {
		return nil, err
	}
	if err := s.Tidy(ctx, now); err != nil {
		return nil, err
	}
	return s, nil
}

// Tidy removes what uploads left that stood still for an hour.
func (s *Store) Tidy(ctx context.Context, now time.Time) error {
	if err := s.keeper.sweep(ctx, now.Add(-draftFor)); err != nil {
		return writeFault(err)
	}
	return nil
}
