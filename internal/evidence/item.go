// Package evidence keeps the artefacts that show a control operated: what was
// captured, when, what it speaks of, and until when it may be relied on. The
// bytes are kept by package blob; what an item is worth on a day is the business
// of posture.
package evidence

import (
	"time"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/framework"
)

// Source says who or what captured an item. The values are stored.
type Source string

const (
	Person    Source = "person"
	Connector Source = "connector"
	Agent     Source = "agent"
	System    Source = "system" // Toucan itself, such as a certificate it issued
)

// Sources returns all sources, people first.
func Sources() []Source { return []Source{Person, Connector, Agent, System} }

// File is one file of an item. Its bytes are found by their digest.
type File struct {
	Name   string // as it was called when it was filed
	Media  string // sniffed from the bytes, such as "image/png"
	Bytes  int64
	SHA256 string // lower-case hex
}

// Link is an address an item points at.
type Link struct {
	URL    string `json:"url"`
	SHA256 string `json:"sha256"` // of what stood there when it was captured; empty when nobody hashed it
}

// Review is what a reviewer said of an item.
type Review string

const (
	Unreviewed Review = ""
	Accepted   Review = "accepted"
	Rejected   Review = "rejected" // a rejected item is shown and never counted
)

// Item is one artefact offered as proof that a control operated. A stored item
// never changes: a correction is a new item that names the old one in
// Supersedes, so that an auditor can see what was known on any day.
type Item struct {
	ID         string
	Title      string        // one line, shown in lists
	Note       string        // what a reader should know, in the words of who filed it
	Kind       string        // of the vocabulary of evidence kinds, such as "access-review-record"
	CapturedAt time.Time     // UTC; when the system was observed, not when it was uploaded
	FiledAt    time.Time     // UTC; when Toucan got it
	FiledBy    string        // account id
	Period     cadence.Days  // the stretch it speaks of; none when it speaks of the moment of capture
	ValidFor   time.Duration // how long from CapturedAt it stays current; zero means it never lapses
	Source     Source
	Collector  string // who or what captured it: the account id of a person, or the name of a program
	Version    string // of the program; empty for a person
	Files      []File
	Links      []Link
	Supersedes string // id of the item this one corrects, or empty
	Request    string // id of the request it was filed for, or empty

	Tags []Tag // in force, controls first

	Review     Review
	ReviewedBy string // account id
	ReviewedAt time.Time
	ReviewNote string

	SupersededBy string    // id of the item that took its place, or empty
	SupersededAt time.Time // when that one was filed
	Erased       *Tombstone
}

// Tag says what an item is offered for: a control, or a requirement directly.
type Tag struct {
	Control     string        // control id, or empty
	Requirement framework.Ref // the zero Ref when Control is set
	At          time.Time     // UTC; since when
	By          string        // account id
}

// Tombstone is what stays of an item whose content was erased.
type Tombstone struct {
	At     time.Time
	By     string // account id; empty: Toucan itself, because its time was over
	Reason string
}

// Current reports whether the item may be relied on at t. The moment of capture
// counts as current; the moment of lapse does not.
func (i Item) Current(t time.Time) bool {
	lapsed := i.ValidFor != 0 && !t.Before(i.LapsesAt())
	return !t.Before(i.CapturedAt) && !lapsed
}

// LapsesAt is the first moment at which the item is no longer current; the zero
// time if it never lapses.
func (i Item) LapsesAt() time.Time {
	if i.ValidFor == 0 {
		return time.Time{}
	}
	return i.CapturedAt.Add(i.ValidFor)
}

// Stands reports whether the item counts at all: it was neither rejected nor
// superseded nor erased.
func (i Item) Stands() bool {
	return i.Review != Rejected && i.SupersededBy == "" && i.Erased == nil
}

// For reports whether the item is tagged to a control.
func (i Item) For(controlID string) bool {
	for _, t := range i.Tags {
		if t.Control == controlID {
			return true
		}
	}
	return false
}
