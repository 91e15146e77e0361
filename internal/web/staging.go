package web

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/problem"
)

// staging keeps uploaded files between the preview and the confirmation. Nodes
// that share the folder share the uploads. What nobody confirms is removed.
type staging struct{ root *os.Root }

// stagedFor is how long somebody may think about a preview.
const stagedFor = 2 * time.Hour

// upload is one file that waits. Only the account that sent it, in the
// organisation it was sent to, gets it back.
type upload struct {
	Org, Account, Name string
	At                 time.Time
	Data               []byte `json:"-"`
}

func openStaging(dir string) (*staging, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	return &staging{root}, nil
}

// put keeps an upload and returns its opaque name; old ones go.
func (s *staging) put(u upload) (string, error) {
	s.sweep(u.At)
	id := strings.ToLower(rand.Text())
	meta, err := json.Marshal(u)
	if err != nil {
		return "", err
	}
	if err := s.root.WriteFile(id+".data", u.Data, 0o600); err != nil {
		return "", err
	}
	return id, s.root.WriteFile(id+".json", meta, 0o600)
}

// take returns an upload to the person who sent it.
func (s *staging) take(id, org, account string, now time.Time) (upload, error) {
	gone := problem.New(problem.NotFound, "This upload is not here any more. Uploads wait for two hours; send the file again.")
	var u upload
	if id == "" || strings.Trim(id, "abcdefghijklmnopqrstuvwxyz234567") != "" {
		return u, gone
	}
	meta, err := s.root.ReadFile(id + ".json")
	if errors.Is(err, fs.ErrNotExist) {
		return u, gone
	}
	if err != nil {
		return u, err
	}
	if err := json.Unmarshal(meta, &u); err != nil {
		return u, err
	}
	if u.Org != org || u.Account != account || now.Sub(u.At) > stagedFor {
		return upload{}, gone
	}
	u.Data, err = s.root.ReadFile(id + ".data")
	return u, err
}

// drop removes an upload; one that is gone already is no failure.
func (s *staging) drop(id string) {
	if id != "" && strings.Trim(id, "abcdefghijklmnopqrstuvwxyz234567") == "" {
		s.root.Remove(id + ".json")
		s.root.Remove(id + ".data")
	}
}

func (s *staging) sweep(now time.Time) {
	entries, err := fs.ReadDir(s.root.FS(), ".")
	if err != nil {
		return // the next upload tries again
	}
	for _, e := range entries {
		info, err := e.Info()
		if err == nil && now.Sub(info.ModTime()) > stagedFor {
			s.root.Remove(e.Name())
		}
	}
}
