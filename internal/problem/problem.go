// Package problem describes failures that a person can act on. It knows codes
// and sentences; what they mean to HTTP or to a shell is the business of the doors.
package problem

import (
	"errors"
	"fmt"
)

// Code classes a failure. The values appear in JSON, so they never change.
type Code string

const (
	Invalid   Code = "invalid"   // the sender can fix the input
	Forbidden Code = "forbidden" // known, but not allowed to this person
	NotFound  Code = "not_found" // absent, or not visible to this person
	Conflict  Code = "conflict"  // well-formed, but clashes with what is already there
	Busy      Code = "busy"      // too many tries; the same request may succeed later
	Internal  Code = "internal"  // our fault; the log has the details
)

// Error is a failure with a sentence fit to show to a person.
type Error struct {
	Code  Code
	Text  string // what happened, and what to do next
	Field string // form field at fault, or empty
	Err   error  // cause, for the log only; may be nil
}

func (e *Error) Error() string { return string(e.Code) + ": " + e.Text }
func (e *Error) Unwrap() error { return e.Err }

// Field returns an Invalid error about one form field.
func Field(name, text string) *Error { return &Error{Code: Invalid, Field: name, Text: text} }

// New returns an error of the given code; format and args make its sentence.
func New(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Text: fmt.Sprintf(format, args...)}
}

// Of returns the first *Error in err's tree. Any other failure comes back as
// Internal, with a text that reveals nothing. err must not be nil.
func Of(err error) *Error {
	if p, ok := errors.AsType[*Error](err); ok {
		return p
	}
	return &Error{Code: Internal, Text: "Something went wrong on our side. It has been logged.", Err: err}
}
