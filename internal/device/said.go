package device

import (
	"time"

	"github.com/toucan-grc/toucan/internal/wire"
)

// Word is what a source other than our agent says of a machine.
type Word struct {
	Kind       SourceKind // osquery, Fleet, Intune or Jamf
	Connection string     // id of the connection it came by; empty for osquery
	Key        string     // what the source calls the machine; only a keyed hash of it is stored
	Platform   wire.Platform
	Owner      string        // person of the register; empty: the source does not know
	SeenAt     time.Time     // when the source heard of the machine; zero or later than now: now
	Results    []wire.Result // at most one of each check, the others are kept as they are; none: it was seen, no more
}

// Taken says what became of words.
type Taken struct {
	Created int // devices that were not known
	Changed int // words that brought something new of a device
	Quiet   int // words that brought nothing new
	Devices []string
}

// MaxWords is how many words are taken at once.
const MaxWords = 500
