//go:build crash

package crash

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"mime/multipart"
	"net/http"
	"time"

	"github.com/toucan-grc/toucan/internal/api"
)

// piece is evidence as its sender knows it.
type piece struct {
	org   *org
	key   string // also its title
	seeds []uint64
	sizes []int
	id    string // once it was acknowledged
}

// content is the bytes of one of its files, the same each time.
func (p piece) content(n int) []byte {
	b := make([]byte, p.sizes[n])
	var seed [32]byte
	copy(seed[:], fmt.Sprint(p.seeds[n]))
	_, _ = rand.NewChaCha8(seed).Read(b)
	return b
}

func (p piece) sum(n int) string {
	sum := sha256.Sum256(p.content(n))
	return hex.EncodeToString(sum[:])
}

// sent is what a sender has to tell.
type sent struct {
	kept         []piece // acknowledged
	open         *piece  // was on its way when the line broke
	again, there int
	refused      int   // answers that said that something is wrong with the server, and were sent again
	err          error // the server answered something it must not
}

// sender files one piece of evidence after the other.
type sender struct {
	h      *house
	base   string
	org    *org
	token  string
	name   string
	chance *rand.Rand

	patient bool          // the database may be away
	filed   chan struct{} // told of each acknowledgement, if somebody listens
}

// send goes on until the server is gone. It begins with what had no answer.
func (s *sender) send(ctx context.Context, first *piece) (out sent) {
	for n := 0; ctx.Err() == nil; n++ {
		p := first
		if p == nil {
			p = s.piece(n)
		}
		status, before, e, err := s.post(ctx, *p)
		switch {
		case err != nil:
			out.open = p
			return out
		case status == http.StatusTooManyRequests:
			time.Sleep(5 * time.Millisecond)
			out.open, first = p, p
			continue
		case s.patient && status == http.StatusInternalServerError:
			time.Sleep(20 * time.Millisecond)
			out.refused++
			out.open, first = p, p
			continue
		case status != http.StatusCreated:
			out.err = fmt.Errorf("%s: status %d: %s", p.key, status, e.Title)
			return out
		}
		if first != nil {
			out.again++
		}
		if before {
			out.there++
		}
		p.id, first, out.open = e.ID, nil, nil
		out.kept = append(out.kept, *p)
		select {
		case s.filed <- struct{}{}:
		default:
		}
	}
	return out
}

func (s *sender) piece(n int) *piece {
	p := &piece{org: s.org, key: fmt.Sprintf("crash/%s/%d", s.name, n)}
	for range 1 + s.chance.IntN(3) {
		size := 1 + s.chance.IntN(64<<10)
		if s.chance.IntN(8) == 0 {
			size = 1 + s.chance.IntN(3<<20)
		}
		p.seeds, p.sizes = append(p.seeds, s.chance.Uint64()), append(p.sizes, size)
	}
	return p
}

// post sends it; an error is a line that broke.
func (s *sender) post(ctx context.Context, p piece) (status int, before bool, e api.Evidence, err error) {
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	part, _ := w.CreateFormField("item") // into memory: nothing can fail
	fmt.Fprintf(part, `{"title":%q,"kind":"access-review-record","captured_at":"2026-01-15T12:00:00Z","controls":["AC-01"]}`, p.key)
	for n := range p.sizes {
		part, _ := w.CreateFormFile("file", fmt.Sprintf("%d.bin", n))
		_, _ = part.Write(p.content(n))
	}
	_ = w.Close()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.base+p.org.slug+"/evidence", &form)
	if err != nil {
		return 0, false, e, err
	}
	r.Header.Set("Authorization", "Bearer "+s.token)
	r.Header.Set("Content-Type", w.FormDataContentType())
	r.Header.Set("Idempotency-Key", p.key)
	r.GetBody = nil // nothing is sent again behind our back
	res, err := s.h.client.Do(r)
	if err != nil {
		return 0, false, e, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return 0, false, e, err
	}
	if res.StatusCode != http.StatusCreated {
		e.Title = string(text)
		return res.StatusCode, false, e, nil
	}
	return res.StatusCode, res.Header.Get("Idempotency-Replayed") == "true", e, json.Unmarshal(text, &e)
}
