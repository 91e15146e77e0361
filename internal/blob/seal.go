package blob

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// An encrypted file is a magic, a salt, and the content in chunks of 64 KiB, each
// sealed with AES-256-GCM under a key that is made of the organisation's key and
// the salt, so that no nonce is ever used twice. The nonce is the number of the
// chunk and a last byte that is 1 for the last one: chunks cannot be reordered,
// left out or cut off, and any of them can be opened alone. Only an empty file
// ends with an empty chunk.
const (
	magic     = "toucanb1"
	saltLen   = 32
	headerLen = int64(len(magic) + saltLen)
	chunkLen  = 64 << 10
	tagLen    = 16
	sealedLen = chunkLen + tagLen
)

// fileCipher makes the cipher of one file.
func (k *key) fileCipher(salt []byte) (cipher.AEAD, error) {
	secret, err := hkdf.Key(sha256.New, k.secret, salt, "toucan blob v1", 32)
	if err != nil {
		return nil, err
	}
	return gcm(secret)
}

func gcm(secret []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(secret)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

func nonce(chunk int64, last bool) []byte {
	n := make([]byte, 12)
	binary.BigEndian.PutUint64(n[3:11], uint64(chunk))
	if last {
		n[11] = 1
	}
	return n
}

// sealer encrypts what is written to it. Close writes the last chunk.
type sealer struct {
	w     io.Writer
	aead  cipher.AEAD
	chunk int64
	plain []byte // not yet written; a full chunk waits until it is known not to be the last
	out   []byte
}

func (k *key) seal(w io.Writer) (*sealer, error) {
	salt := make([]byte, saltLen)
	rand.Read(salt)
	aead, err := k.fileCipher(salt)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(append([]byte(magic), salt...)); err != nil {
		return nil, err
	}
	return &sealer{w: w, aead: aead, plain: make([]byte, 0, chunkLen)}, nil
}

func (s *sealer) Write(p []byte) (int, error) {
	written := 0
	for len(p) > 0 {
		if len(s.plain) == chunkLen {
			if err := s.flush(false); err != nil {
				return written, err
			}
		}
		n := min(len(p), chunkLen-len(s.plain))
		s.plain = append(s.plain, p[:n]...)
		p = p[n:]
		written += n
	}
	return written, nil
}

func (s *sealer) flush(last bool) error {
	s.out = s.aead.Seal(s.out[:0], nonce(s.chunk, last), s.plain, nil)
	s.plain = s.plain[:0]
	s.chunk++
	_, err := s.w.Write(s.out)
	return err
}

func (s *sealer) Close() error { return s.flush(true) }

var errShape = errors.New("it has not the shape of an encrypted file")

// openedSize is the size of the content of an encrypted file of n bytes.
func openedSize(n int64) (int64, error) {
	body := n - headerLen
	if body < tagLen {
		return 0, errShape
	}
	chunks := (body + sealedLen - 1) / sealedLen
	if last := body - (chunks-1)*sealedLen; last < tagLen || last == tagLen && chunks > 1 {
		return 0, errShape
	}
	return body - chunks*tagLen, nil
}

// opener reads an encrypted file, from any place in it. Nothing that it returns
// was changed since it was sealed.
type opener struct {
	src    io.ReadSeekCloser
	aead   cipher.AEAD
	size   int64 // of the content
	at     int64 // place in the content where the next read begins
	loaded int64 // number of the chunk in plain, or -1
	next   int64 // number of the chunk that src stands at
	plain  []byte
	sealed []byte
}

// unseal begins to read an encrypted file of n bytes.
func (k *key) unseal(src io.ReadSeekCloser, n int64) (*opener, error) {
	size, err := openedSize(n)
	if err != nil {
		return nil, err
	}
	header := make([]byte, headerLen)
	if _, err := io.ReadFull(src, header); err != nil {
		return nil, err
	}
	if string(header[:len(magic)]) != magic {
		return nil, errShape
	}
	if k == nil {
		return nil, errNoKey
	}
	aead, err := k.fileCipher(header[len(magic):])
	if err != nil {
		return nil, err
	}
	return &opener{src: src, aead: aead, size: size, loaded: -1, sealed: make([]byte, sealedLen)}, nil
}

// Read implements io.Reader.
func (o *opener) Read(p []byte) (int, error) {
	if o.at >= o.size && (o.size > 0 || o.loaded == 0) {
		return 0, io.EOF
	}
	if err := o.load(o.at / chunkLen); err != nil {
		return 0, err
	}
	n := copy(p, o.plain[o.at-o.loaded*chunkLen:])
	o.at += int64(n)
	if n == 0 && o.size == 0 {
		return 0, io.EOF
	}
	return n, nil
}

// load opens a chunk, unless it is the one that is open.
func (o *opener) load(i int64) error {
	if i == o.loaded {
		return nil
	}
	if i != o.next {
		if _, err := o.src.Seek(headerLen+i*sealedLen, io.SeekStart); err != nil {
			return err
		}
	}
	o.loaded, o.next = -1, -1
	last := max(0, o.size-1) / chunkLen
	n := int64(sealedLen)
	if i == last {
		n = o.size - last*chunkLen + tagLen
	}
	if _, err := io.ReadFull(o.src, o.sealed[:n]); err != nil {
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return fmt.Errorf("%w: chunk %d is cut off", ErrCorrupt, i)
		}
		return err
	}
	var err error
	if o.plain, err = o.aead.Open(o.plain[:0], nonce(i, i == last), o.sealed[:n], nil); err != nil {
		return fmt.Errorf("%w: chunk %d does not open", ErrCorrupt, i)
	}
	o.loaded, o.next = i, i+1
	return nil
}

// Seek implements io.Seeker.
func (o *opener) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += o.at
	case io.SeekEnd:
		offset += o.size
	}
	if offset < 0 {
		return o.at, errors.New("blob: seeking before the beginning")
	}
	o.at = offset
	return offset, nil
}

// Close implements io.Closer.
func (o *opener) Close() error { return o.src.Close() }
