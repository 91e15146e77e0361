package oscal

import (
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/toucan-grc/toucan/internal/document"
)

// field is what the tags of one field say.
type field struct {
	index int
	name  string
	form  string // of a text; empty for any
	must  bool   // OSCAL requires it
	key   bool   // without it nothing can be made of the object
	one   bool   // a single object may stand for the list
	whole bool   // a list that means something else once an item is left out
}

var fieldsOf sync.Map // reflect.Type to []field

// fields reads the tags of a type once.
func fields(t reflect.Type) []field {
	if known, ok := fieldsOf.Load(t); ok {
		return known.([]field)
	}
	var out []field
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		if name == "-" {
			continue
		}
		f := field{index: i, name: name}
		for word := range strings.SplitSeq(t.Field(i).Tag.Get("oscal"), ",") {
			switch word {
			case "must":
				f.must = true
			case "key":
				f.key = true
			case "one":
				f.one = true
			case "whole":
				f.whole = true
			default:
				f.form = word
			}
		}
		out = append(out, f)
	}
	fieldsOf.Store(t, out)
	return out
}

var (
	unreadType = reflect.TypeFor[Unread]()
	atType     = reflect.TypeFor[At]()
)

// object reads an object into the struct that to points at. It returns false if
// something is missing that cannot be done without.
func (r *reader) object(n *document.Node, to any, at *place) bool {
	return r.fill(n, reflect.ValueOf(to).Elem(), at)
}

func (r *reader) fill(n *document.Node, v reflect.Value, at *place) bool {
	if n.Kind != document.ObjectNode {
		r.add(n.Line, at, true, "Here an object must stand, not %s.", n.Kind)
		return false
	}
	list := fields(v.Type())
	if v.NumField() > 0 && v.Type().Field(0).Type == atType {
		v.Field(0).Set(reflect.ValueOf(At{n.Line}))
	}
	usable := true
	seen := make([]bool, len(list))
	for i := range n.Items {
		item := &n.Items[i]
		k := slices.IndexFunc(list, func(f field) bool { return f.name == item.Key })
		if k < 0 {
			if item.Key != "$schema" || at != nil {
				r.add(item.Line, at, false, "OSCAL %s has no %q here. It was left out; correct the spelling if it was meant.", Version, document.Brief(item.Key))
			}
			continue
		}
		f := list[k]
		seen[k] = true
		before := len(r.faults)
		ok := r.value(item, v.Field(f.index), f, &place{up: at, name: f.name})
		if !ok && !f.key && r.lenient { // it is read without the field
			v.Field(f.index).SetZero()
			r.soften(before)
		}
		usable = usable && (ok || !f.key)
	}
	for k, f := range list {
		if f.must && !seen[k] {
			r.add(n.Line, at, f.key || !r.lenient, "%s is missing. OSCAL requires it.", f.name)
			usable = usable && !f.key
		}
	}
	return usable
}

// soften turns the faults from a place on into ones that cost nothing but the field.
func (r *reader) soften(from int) {
	for i := from; i < len(r.faults); i++ {
		r.faults[i].Fatal = false
	}
}

// value reads one value of any type. False means that it could not be used.
func (r *reader) value(n *document.Node, v reflect.Value, f field, at *place) bool {
	switch t := v.Type(); {
	case t.Kind() == reflect.Pointer && t.Elem() == unreadType:
		return true
	case t.Kind() == reflect.Pointer:
		v.Set(reflect.New(t.Elem()))
		if r.value(n, v.Elem(), f, at) {
			return true
		}
		v.SetZero()
		return false
	case t.Kind() == reflect.Struct:
		return r.fill(n, v, at)
	case t.Kind() == reflect.Slice:
		return r.list(n, v, f, at)
	case t.Kind() == reflect.Bool:
		v.SetBool(n.Text == "true")
		if n.Kind != document.BoolNode {
			r.add(n.Line, at, true, "Here true or false must stand, not %s.", n.Kind)
		}
		return n.Kind == document.BoolNode
	case t.Kind() == reflect.Float64:
		x, err := strconv.ParseFloat(n.Text, 64)
		if n.Kind != document.NumberNode || err != nil || math.IsInf(x, 0) || math.IsNaN(x) {
			r.add(n.Line, at, true, "Here a number must stand, not %s.", n.Kind)
			return false
		}
		v.SetFloat(x)
		return true
	}
	if n.Kind != document.StringNode {
		r.add(n.Line, at, true, "Here a text must stand, not %s. Put it in double quotes.", n.Kind)
		return false
	}
	v.SetString(n.Text)
	if problem := malformed(f.form, n.Text); problem != "" {
		r.add(n.Line, at, true, "%s", problem)
		return false
	}
	return true
}

// list reads a list item by item. An item that cannot be used is left out,
// unless the list means something else without it.
func (r *reader) list(n *document.Node, v reflect.Value, f field, at *place) bool {
	if f.one && n.Kind == document.ObjectNode {
		item := reflect.New(v.Type().Elem()).Elem()
		ok := r.value(n, item, f, at)
		if ok {
			v.Set(reflect.Append(v, item))
		}
		return ok
	}
	if n.Kind != document.ListNode {
		r.add(n.Line, at, true, "Here a list must stand, not %s. Put it in square brackets.", n.Kind)
		return false
	}
	if len(n.Items) == 0 {
		r.add(n.Line, at, !r.lenient || f.key, "The list is empty, which OSCAL forbids. Leave %s out instead.", f.name)
		return !f.key
	}
	v.Set(reflect.MakeSlice(v.Type(), 0, len(n.Items)))
	for i := range n.Items {
		item := reflect.New(v.Type().Elem()).Elem()
		if r.value(&n.Items[i], item, f, &place{up: at, index: i}) {
			v.Set(reflect.Append(v, item))
		} else if f.whole {
			return false
		}
	}
	return !f.key || v.Len() > 0
}
