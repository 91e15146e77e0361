package oscal

import (
	"bytes"
	"crypto/sha256"
	"strings"
	"time"

	"github.com/google/uuid"
)

// space is the namespace that every uuid written here is made in.
var space = uuid.NewSHA1(uuid.NameSpaceURL, []byte(OwnNS))

// Edition says whose document is written, in which version, and when.
type Edition struct {
	Owner   string    // an organisation's id, or empty for what ships
	Version string    // of the content; "1" if empty
	At      time.Time // stands in the document as the moment it was last changed
}

// ID returns the uuid of one of the edition's things: kind and words name it.
func (e Edition) ID(words ...string) string {
	owner := e.Owner
	if owner == "" {
		owner = "shipped"
	}
	return ID(append([]string{owner}, words...)...)
}

// Metadata returns what a document of the edition says about itself.
func (e Edition) Metadata(title string, props ...Property) Metadata {
	version := e.Version
	if version == "" {
		version = "1"
	}
	return Metadata{Title: Line(title, "Untitled"), LastModified: Stamp(e.At), Version: Line(version, "1"), OSCALVersion: Version, Props: Props(props...)}
}

// ID returns the uuid of one thing: the same words give the same uuid on every
// machine and in every export. The first word says whose thing it is, an
// organisation's id or "shipped", the second what kind of thing.
func ID(words ...string) string {
	return uuid.NewSHA1(space, []byte(strings.Join(words, "\x00"))).String()
}

// Seal gives the document a uuid made of its content: the same content keeps it,
// any change gives another. The moment it was written is no content.
func Seal(d *Document) error {
	at := &d.Metadata().LastModified
	id, kept := d.uuid(), *at
	*id, *at = "", ""
	var b bytes.Buffer
	err := Write(&b, d)
	digest := sha256.Sum256(b.Bytes())
	*id, *at = uuid.NewSHA1(space, digest[:]).String(), kept
	return err
}

func (d *Document) uuid() *string {
	switch {
	case d.Catalog != nil:
		return &d.Catalog.UUID
	case d.Profile != nil:
		return &d.Profile.UUID
	case d.Components != nil:
		return &d.Components.UUID
	case d.Plan != nil:
		return &d.Plan.UUID
	}
	return &d.Mappings.UUID
}
