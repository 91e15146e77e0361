package register

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/problem"
)

// Choice is one of the values a field can have: as it is stored, and as it is read.
type Choice struct{ Key, Label string }

// Label is what a page calls a stored value; one that is not known keeps its own.
func Label(list []Choice, key string) string {
	if i := slices.IndexFunc(list, func(c Choice) bool { return c.Key == key }); i >= 0 {
		return list[i].Label
	}
	return key
}

// Keys are the stored values of a list.
func Keys(list []Choice) []string {
	out := make([]string, len(list))
	for i, c := range list {
		out[i] = c.Key
	}
	return out
}

// Choose checks that a value is one of a list; label begins the sentence: "The kind".
func Choose(field, label, value string, list []Choice) error {
	if slices.ContainsFunc(list, func(c Choice) bool { return c.Key == value }) {
		return nil
	}
	var words []string
	for _, c := range list {
		words = append(words, c.Key)
	}
	if value == "" {
		return problem.Field(field, label+" is missing. Choose one of: "+strings.Join(words, ", ")+".")
	}
	return problem.Field(field, fmt.Sprintf("%s cannot be “%s”. Choose one of: %s.", label, value, strings.Join(words, ", ")))
}

// Exist checks that all ids are rows of a table of the organisation; what is missing
// is a problem of the field, and text says what to do.
func Exist(ctx context.Context, tx *db.Tx, org, table string, ids []string, field, text string) error {
	want := map[string]bool{}
	for _, id := range ids {
		if id != "" {
			want[id] = true
		}
	}
	var list []string
	for id := range want {
		list = append(list, id)
	}
	for part := range slices.Chunk(list, 500) {
		args := []any{org}
		in := db.Among(&args, part)
		var n int
		if err := tx.QueryRow(ctx, `SELECT count(*) FROM `+table+` WHERE org = $1 AND id IN (`+in+`)`, args...).Scan(&n); err != nil {
			return err
		}
		if n != len(part) {
			return problem.Field(field, text)
		}
	}
	return nil
}

// Owners checks that owners are entries of the people register.
func Owners(ctx context.Context, tx *db.Tx, org string, owners []string) error {
	return Exist(ctx, tx, org, "person", owners, "owner", "The owner is not in the people register. Choose somebody of the list.")
}

// Tidy sorts a list of words and drops the empty and the doubled ones.
func Tidy(list []string) []string {
	out := slices.DeleteFunc(slices.Clone(list), func(s string) bool { return strings.TrimSpace(s) == "" })
	for i := range out {
		out[i] = strings.TrimSpace(out[i])
	}
	slices.Sort(out)
	out = slices.Compact(out)
	if len(out) == 0 {
		return nil
	}
	return out
}
