package audit

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/toucan-grc/toucan/internal/document"
	"github.com/toucan-grc/toucan/internal/problem"
)

// Method says how items were chosen. The values are stored.
type Method string

const (
	Random      Method = "random"      // the first of an order that nobody chose
	Stratified  Method = "stratified"  // the same within each stratum, in proportion
	All         Method = "all"         // every item
	ByHand      Method = "by_hand"     // somebody chose them, and says why
	Replacement Method = "replacement" // the next of the order, in place of an item that could not be tested
)

// Label is the method as a page writes it.
func (m Method) Label() string {
	switch m {
	case Random:
		return "Random"
	case Stratified:
		return "Stratified"
	case All:
		return "All items"
	case ByHand:
		return "Chosen by hand"
	case Replacement:
		return "Replacement"
	}
	return string(m)
}

// Seeded reports whether the method takes items in the order a seed gives.
func (m Method) Seeded() bool { return m == Random || m == Stratified }

// seedVersion begins what a seed is hashed from. Another derivation has another
// version, so that a selection of the past can always be made again.
const seedVersion = "toucan/sample/1"

// Seed returns the seed of a selection, in lower-case hex: the SHA-256 of four
// lines, each ended by a line feed: the version, the root of the checkpoint as it
// stands in its third line, the hash of the population, and the number of the
// round the checkpoint was signed for. The checkpoint is signed after the
// population was fixed, so whoever fixed it did not know the seed.
func Seed(root, population string, round int) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\n%s\n%s\n%d\n", seedVersion, root, population, round))
	return hex.EncodeToString(sum[:])
}

// Order returns the positions of the rows in the order in which they are examined:
// by HMAC-SHA-256 of the row's key, as it stands in the file of Canonical, under
// the bytes of the seed, ascending.
func Order(seed string, rows []Row) ([]int, error) {
	key, err := hex.DecodeString(seed)
	if err != nil || len(key) != sha256.Size {
		return nil, fmt.Errorf("audit: a seed is %d bytes in hex", sha256.Size)
	}
	marks := make([][sha256.Size]byte, len(rows))
	order := make([]int, len(rows))
	mac := hmac.New(sha256.New, key)
	for i, r := range rows {
		mac.Reset()
		mac.Write([]byte(document.Neutral(r.Key)))
		mac.Sum(marks[i][:0])
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return bytes.Compare(marks[a][:], marks[b][:]) })
	return order, nil
}

// Draw returns the positions of the next n rows of the order, leaving out those
// that were taken. A stratified draw takes from each stratum what Allocate says.
func Draw(m Method, order []int, rows []Row, taken map[int]bool, n int) ([]int, error) {
	if free := len(rows) - len(taken); n > free {
		return nil, problem.Field("size", fmt.Sprintf("Only %d items of the population are left. Draw at most that many.", free))
	}
	if n < 1 {
		return nil, problem.Field("size", "Draw at least one item.")
	}
	var room map[string]int // by stratum: how many may still be taken
	if m == Stratified {
		room = map[string]int{}
		sizes, have := map[string]int{}, map[string]int{}
		for i, r := range rows {
			sizes[r.Stratum]++
			if taken[i] {
				have[r.Stratum]++
			}
		}
		for s, k := range Allocate(sizes, have, n) {
			room[s] = k - have[s]
		}
	}
	var out []int
	for _, i := range order {
		if len(out) == n {
			break
		}
		if taken[i] {
			continue
		}
		if room != nil {
			if room[rows[i].Stratum] == 0 {
				continue
			}
			room[rows[i].Stratum]--
		}
		out = append(out, i)
	}
	return out, nil
}

// Allocate shares n more items among strata of the given sizes, of which have are
// taken already, and returns how many of each are taken in the end. First each
// stratum without an item gets one, the largest first, as far as n goes. Then one
// item after another goes to the stratum that is furthest behind its exact share
// of all items; equal ones take turns by name. That is the method of largest
// remainders where nothing was taken before, and takes nothing back where something was.
func Allocate(sizes, have map[string]int, n int) map[string]int {
	var names []string
	population, all := 0, n
	out := map[string]int{}
	for s, k := range sizes {
		names = append(names, s)
		out[s] = have[s]
		population += k
		all += have[s]
	}
	slices.SortFunc(names, func(a, b string) int {
		if sizes[a] != sizes[b] {
			return sizes[b] - sizes[a]
		}
		return strings.Compare(a, b)
	})
	for _, s := range names {
		if n > 0 && out[s] == 0 {
			out[s]++
			n--
		}
	}
	slices.Sort(names)
	for ; n > 0; n-- {
		best, lag := -1, 0
		for i, s := range names {
			if behind := all*sizes[s] - out[s]*population; out[s] < sizes[s] && (best < 0 || behind > lag) {
				best, lag = i, behind
			}
		}
		if best < 0 {
			break // everything is taken
		}
		out[names[best]]++
	}
	return out
}
