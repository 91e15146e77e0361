package blob

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	"github.com/toucan-grc/toucan/internal/problem"
)

var (
	// ErrMissing is in the tree of every error about a file that is not there.
	ErrMissing = errors.New("no such file is kept")
	// ErrCorrupt is in the tree of every error about a file that is not what it was.
	ErrCorrupt = errors.New("the file is not what was kept")
)

func missing(digest string) error {
	return &problem.Error{Code: problem.NotFound, Err: ErrMissing,
		Text: fmt.Sprintf("The file with SHA-256 %s is not in the store. If it was not erased on purpose, put it back from a backup.", digest)}
}

func corrupt(digest string, why error) error {
	return &problem.Error{Code: problem.Internal, Err: fmt.Errorf("%w: %w", ErrCorrupt, why),
		Text: fmt.Sprintf("The file with SHA-256 %s is damaged: it is no longer what was kept. Put it back from a backup, or send the same file again.", digest)}
}

func tooLarge(limit int64) error {
	size := fmt.Sprintf("%d bytes", limit)
	switch {
	case limit >= 1<<30 && limit%(1<<30) == 0:
		size = fmt.Sprintf("%d GB", limit>>30)
	case limit >= 1<<20 && limit%(1<<20) == 0:
		size = fmt.Sprintf("%d MB", limit>>20)
	}
	return problem.Field("file", "The file is larger than "+size+", the most that is taken. Nothing was kept. Send an extract, or split it.")
}

func brokenOff(err error) error {
	return &problem.Error{Code: problem.Invalid, Field: "file", Err: err,
		Text: "The upload broke off before its end. Nothing was kept. Send the file again."}
}

// writeFault explains why something could not be written. What is explained
// already stays as it is.
func writeFault(err error) error {
	if _, ok := errors.AsType[*problem.Error](err); ok || errors.Is(err, context.Canceled) {
		return err
	}
	text := "The file could not be kept. Ask whoever runs this server to look at the place where files are kept, then send it again."
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		text = "The disk that holds the files is full. Nothing was kept. Ask whoever runs this server to make room, then send the file again."
	case errors.Is(err, syscall.EROFS), errors.Is(err, fs.ErrPermission):
		text = "The place where files are kept may not be written to. Nothing was kept. Ask whoever runs this server to make it writable, then send the file again."
	}
	return &problem.Error{Code: problem.Internal, Err: err, Text: text}
}

// readFault explains why a file could not be read.
func readFault(digest string, err error) error {
	if _, ok := errors.AsType[*problem.Error](err); ok || errors.Is(err, context.Canceled) {
		return err
	}
	if errors.Is(err, ErrCorrupt) {
		return corrupt(digest, err)
	}
	if errors.Is(err, ErrMissing) {
		return missing(digest)
	}
	return &problem.Error{Code: problem.Internal, Err: err,
		Text: fmt.Sprintf("The file with SHA-256 %s could not be read. Try again; if it stays so, ask whoever runs this server to look at the place where files are kept.", digest)}
}
