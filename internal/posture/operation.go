package posture

import (
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/result"
)

// Moment is microseconds since 1970 in UTC; zero is no moment. Operation is asked
// over a million items at once, and a Moment is a third of a time.Time.
type Moment int64

// MomentOf returns the moment of a time; no moment for the zero time.
func MomentOf(t time.Time) Moment {
	if t.IsZero() {
		return 0
	}
	return Moment(t.UnixMicro())
}

// Time returns the moment as a time in UTC; the zero time for no moment.
func (m Moment) Time() time.Time {
	if m == 0 {
		return time.Time{}
	}
	return time.UnixMicro(int64(m)).UTC()
}

// ID is the id of an evidence item, a UUID, as sixteen bytes: a million strings
// would be half the memory and all the work of the garbage collector.
type ID [16]byte

// ParseID reads an id as stores write it, "0192f0c1-7d3a-7c55-9d0e-2f6a1b3c4d5e".
func ParseID(s string) (ID, error) {
	var id ID
	raw, err := hex.DecodeString(strings.ReplaceAll(s, "-", ""))
	if err != nil || len(raw) != len(id) {
		return ID{}, fmt.Errorf("%q is not the id of an evidence item", s)
	}
	copy(id[:], raw)
	return id, nil
}

// String is the id as stores write it.
func (id ID) String() string {
	h := hex.EncodeToString(id[:])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

// Operation is what is known of how one control was carried out: when it had to
// be, and what shows that it was. Everything in it is dated, so that it can be
// asked about any day of the past.
type Operation struct {
	Control string // id
	Code    string
	Kind    control.Kind
	Since   cadence.Date // first day it is said to operate; none: nobody ever said so
	Until   cadence.Date // last day, when it was retired; none: it still runs
	Rhythms []Rhythm     // oldest first; how often it had to be done, and since when
	Proofs  []Proof      // by Captured, oldest first
	Checks  []Check      // one for each test that feeds the control
	Samples []Sample     // populations that were examined
}

// Rhythm is how often a control has to be done from a day on.
type Rhythm struct {
	From       cadence.Date      // first day it holds
	Every      cadence.Frequency // none: no occurrences are due
	Grace      int               // days after the end of a period in which doing it is not yet late
	LongestGap int               // days between two times at most, where the governing policy binds one; zero: none
	Because    string            // what sets it: requirement and basis, or the company itself
	GapBecause string            // what sets the longest gap: the policy and its sentence
}

// Accepts is a set of families of frameworks.
type Accepts uint8

const (
	ByISO    Accepts = 1 << iota // management-system standards: ISO/IEC 27001, 27701 and 42001
	ByOthers                     // all other frameworks
	ByAll    = ByISO | ByOthers
)

// Proof is an evidence item as far as posture needs to know it. It holds no
// pointer, so that arrays of it cost the garbage collector nothing.
type Proof struct {
	ID       ID
	Captured Moment
	Filed    Moment       // when Toucan knew it was offered for this control: filed or tagged, whichever came later
	Lapses   Moment       // first moment at which it is no longer current; zero: it never lapses
	Out      Moment       // when it was rejected, superseded, untagged or erased; zero: it still stands
	Wrong    bool         // it was rejected or superseded: with what is known now it never counted
	Period   cadence.Days // the stretch it speaks of, or none
	Accepts  Accepts      // which frameworks take this kind of evidence for the control
	Reviewed bool         // a second person accepted it
}

// Check is what one test found for all its subjects.
type Check struct {
	Test      string
	Intervals []Span // by From
}

// Span is a stretch of one subject's state, in moments; To is not part of it.
type Span struct {
	Subject  int32 // number of the subject within the check
	State    result.State
	From, To Moment
	Filed    Moment
}

// Sample is a population of which a selection was examined.
type Sample struct {
	ID         string
	Population string // what it is, in a few words
	Window     cadence.Days
	At         Moment // when the last item was judged
	Size       int    // items in the population
	Selected   int
	Tested     int
	Exceptions int
}
