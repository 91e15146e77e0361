package web

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/evidence"
	"github.com/toucan-grc/toucan/internal/problem"
)

const (
	fileLimit     = 2 << 30           // bytes of one file
	evidenceLimit = 8 << 30           // of one form
	fieldLimit    = 64 << 10          // of one typed field
	uploadHeader  = "Toucan-Upload"   // the script sends the form and tells how far it is
	silence       = 60 * time.Second  // no byte for so long: the connection is given up
	answerWithin  = 120 * time.Second // after the last byte, to hash, sync and file
	keptFor       = 12 * time.Hour    // files of a form with a mistake wait for the next try
)

// keptFile is a file that arrived with a form that had a mistake. The seal says
// that this server took it from this account.
type keptFile struct {
	Name  string
	Bytes int64
	Seal  string
}

// received is a form with the files that came with it.
type received struct {
	filing evidence.Filing
	files  []evidence.File
	each   bool
}

// filings says what to file: all files in one item, or one item for each.
func (f received) filings() []evidence.Filing {
	if !f.each || len(f.files) < 2 {
		one := f.filing
		one.Files = f.files
		if one.Title == "" && len(f.files) > 0 {
			one.Title = titleOfFile(f.files[0].Name)
		}
		return []evidence.Filing{one}
	}
	var out []evidence.Filing
	for n, file := range f.files {
		one := f.filing
		one.Files, one.Key = []evidence.File{file}, f.filing.Key+"/"+file.SHA256
		if one.Title = titleOfFile(file.Name); f.filing.Title != "" {
			one.Title = f.filing.Title + ": " + one.Title
		}
		if n > 0 {
			one.Links, one.Supersedes = nil, ""
		}
		out = append(out, one)
	}
	return out
}

// titleOfFile is a title from the name of a file: "q3-access_review.pdf" becomes
// "q3 access review".
func titleOfFile(name string) string {
	t := strings.TrimSuffix(name, path.Ext(name))
	return strings.TrimSpace(strings.NewReplacer("_", " ", "-", " ").Replace(t))
}

// receive reads a form part by part and hands each file to the store as it comes:
// nothing of it stands in memory or in a folder of ours. The deadline moves on
// while bytes keep coming, so a slow line is no failure and a dead one is.
func (s *Server) receive(w http.ResponseWriter, r *http.Request, who visitor) (received, filePage, error) {
	var f received
	var p filePage
	b, err := s.shelf.open(r.Context(), who.Actor)
	if err != nil {
		return f, p, err
	}
	control := http.NewResponseController(w)
	r.Body = patient{r.Body, control}
	form, err := r.MultipartReader()
	if err != nil {
		return f, p, problem.New(problem.Invalid, "The form did not arrive as a form with files. Open the page and send it again.")
	}
	typed := url.Values{}
	fault := s.readParts(r, who, form, typed, &f)
	_ = control.SetReadDeadline(time.Time{}) // a recorder in a test has no deadline
	_ = control.SetWriteDeadline(time.Now().Add(answerWithin))
	if errors.Is(fault, errBroken) {
		return f, p, problem.New(problem.Invalid, "The connection broke before everything had arrived, so nothing was filed. Send it again.")
	}
	p.typedFiling = typedFilingOf(typed)
	f.each = p.Each
	f.files = append(s.keptFiles(who, typed["kept"]), f.files...)
	for _, file := range f.files {
		p.Kept = append(p.Kept, s.seal(who, file))
	}
	if fault != nil {
		if p.Problem = problem.Of(fault); p.Problem.Code == problem.Internal {
			return f, p, fault
		}
		return f, p, nil
	}
	f.filing, p.Problem = b.filing(p.typedFiling)
	f.filing.Key = p.Key
	return f, p, nil
}

var errBroken = errors.New("the form broke off")

// readParts reads all parts. A file that is refused does not end it: what was
// typed comes after it and must not be lost.
func (s *Server) readParts(r *http.Request, who visitor, form *multipart.Reader, typed url.Values, f *received) error {
	var first error
	for {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			return first
		}
		if err != nil {
			return broken(err)
		}
		if part.FileName() == "" {
			if part.FormName() == "file" { // a file field left empty
				continue
			}
			text, err := io.ReadAll(io.LimitReader(part, fieldLimit))
			if err != nil {
				return broken(err)
			}
			typed.Add(part.FormName(), string(text))
			continue
		}
		from := &arriving{Reader: part}
		file, err := s.Evidence.Keep(r.Context(), who.Actor, part.FileName(), from, s.Now())
		if err == nil {
			f.files = append(f.files, file)
			continue
		}
		if r.Context().Err() != nil || from.broke {
			return errBroken
		}
		if first == nil {
			first = err
		}
		if problem.Of(err).Code == problem.Internal || problem.Of(err).Code == problem.Forbidden {
			return err
		}
	}
}

// arriving remembers that a file stopped coming: a database that goes away ends in
// the same error, and that is no fault of the sender.
type arriving struct {
	io.Reader
	broke bool
}

func (a *arriving) Read(b []byte) (int, error) {
	n, err := a.Reader.Read(b)
	a.broke = a.broke || err != nil && !errors.Is(err, io.EOF)
	return n, err
}

// broken tells a form that is too large from one that broke off.
func broken(err error) error {
	if tooLarge, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return tooLarge
	}
	return errBroken
}

// patient moves the deadline of a connection on with every read.
type patient struct {
	io.ReadCloser
	control *http.ResponseController
}

func (p patient) Read(b []byte) (int, error) {
	until := time.Now().Add(silence) // the clock of the machine: no rule depends on it
	_ = p.control.SetReadDeadline(until)
	_ = p.control.SetWriteDeadline(until.Add(answerWithin))
	return p.ReadCloser.Read(b)
}

// sealedFile is what a form with a mistake carries of a file that arrived.
type sealedFile struct {
	Name, Media, SHA256 string
	Bytes               int64
	Until               time.Time
}

func (s *Server) seal(who visitor, f evidence.File) keptFile {
	text, err := json.Marshal(sealedFile{f.Name, f.Media, f.SHA256, f.Bytes, s.Now().Add(keptFor)})
	if err != nil {
		panic(err) // of texts and numbers only
	}
	return keptFile{f.Name, f.Bytes, base64.RawURLEncoding.EncodeToString(s.sealer.aead.Seal(nil, nil, text, sealScope(who)))}
}

// keptFiles opens the seals of a form; what this process did not seal for this
// account is left out, and the person chooses the file again.
func (s *Server) keptFiles(who visitor, seals []string) []evidence.File {
	var out []evidence.File
	for _, seal := range seals {
		raw, err := base64.RawURLEncoding.DecodeString(seal)
		if err != nil {
			continue
		}
		text, err := s.sealer.aead.Open(nil, nil, raw, sealScope(who))
		var f sealedFile
		if err != nil || json.Unmarshal(text, &f) != nil || s.Now().After(f.Until) {
			continue
		}
		out = append(out, evidence.File{Name: f.Name, Media: f.Media, Bytes: f.Bytes, SHA256: f.SHA256})
	}
	return out
}

func sealScope(who visitor) []byte {
	return []byte("evidence\n" + who.Actor.Org() + "\n" + who.Account.ID)
}

// newKey is a key against filing twice: one for each time the form is shown.
func newKey() string { return rand.Text() }
