package blob

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"
)

// Reader reads one file, from any place in it. It is for one goroutine and must
// be closed. Whatever is read from the first byte on is hashed on the way; if the
// whole file is read and differs from its digest, the last read fails with a
// Corrupt problem instead of handing out the end.
type Reader struct {
	src    io.ReadSeekCloser
	size   int64
	digest string
	at     int64 // where the next read begins
	sum    hash.Hash
	summed int64 // bytes from the first on that went into sum
}

func newReader(src io.ReadSeekCloser, size int64, digest string) *Reader {
	return &Reader{src: src, size: size, digest: digest, sum: sha256.New()}
}

// Size is the number of bytes of the file.
func (r *Reader) Size() int64 { return r.size }

// Read implements io.Reader.
func (r *Reader) Read(p []byte) (int, error) {
	if r.at == 0 && r.summed != 0 { // begun again
		r.sum.Reset()
		r.summed = 0
	}
	n, err := r.src.Read(p)
	if r.summed == r.at {
		r.sum.Write(p[:n])
		r.summed += int64(n)
	}
	r.at += int64(n)
	if r.summed == r.size && r.at == r.size {
		if want, _ := hex.DecodeString(r.digest); !bytes.Equal(r.sum.Sum(nil), want) {
			return 0, corrupt(r.digest, errors.New("another digest"))
		}
	}
	if errors.Is(err, io.EOF) {
		if r.at < r.size {
			return 0, corrupt(r.digest, io.ErrUnexpectedEOF)
		}
		return n, io.EOF
	}
	if err != nil {
		return n, readFault(r.digest, err)
	}
	return n, nil
}

// Seek implements io.Seeker.
func (r *Reader) Seek(offset int64, whence int) (int64, error) {
	at, err := r.src.Seek(offset, whence)
	if err != nil {
		return r.at, readFault(r.digest, err)
	}
	r.at = at
	return at, nil
}

// Close ends the reading.
func (r *Reader) Close() error { return r.src.Close() }
