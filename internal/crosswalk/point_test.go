package crosswalk

import (
	"fmt"
	"strings"
	"testing"

	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/problem"
)

func soc2(t testing.TB) *framework.Framework {
	f, ok := framework.Shipped().Find("soc2-2017")
	if !ok {
		t.Fatal("SOC 2 does not ship")
	}
	return f
}

func TestReadPoints(t *testing.T) {
	for _, tt := range []struct {
		name, file string
		want       string // points as requirement/number/text@row
		faults     string
	}{
		{"plain", "Criterion,Number,Text\nCC6.1,a,One\nCC6.1,b,Two\nCC6.2,a,Three\n", "CC6.1/a/One@2 CC6.1/b/Two@3 CC6.2/a/Three@4", ""},
		{"no number: counted below each criterion", "Criterion;Text\nCC6.1;One\nCC6.1;Two\nCC6.2;Three\n", "CC6.1/1/One@2 CC6.1/2/Two@3 CC6.2/1/Three@4", ""},
		{"grouped, with a title above", "My list,,\n\nTSC Ref.,Point No.,Point of focus\nCC6.1,,\n,1,One\n,2,Two\n", "CC6.1/1/One@5 CC6.1/2/Two@6", ""},
		{"other spellings of a criterion", "criteria,points of focus\ncc 6.1,One\nTSC CC6.2,Two\n", "CC6.1/1/One@2 CC6.2/1/Two@3", ""},
		{"a number given and one to give", "Criterion,Number,Text\nCC6.1,1,One\nCC6.1,,Two\n", "CC6.1/1/One@2 CC6.1/2/Two@3", ""},
		{"unknown criterion", "Criterion,Text\nCC6.1,One\nCC99.1,Two\n,Three\n", "CC6.1/1/One@2",
			`p.csv, row 3, requirement: SOC 2 has no requirement "CC99.1". Write one identifier of it, such as CC1.1.|p.csv, row 4, requirement: It is empty, and the row above names none that is known. Write the identifier, such as CC1.1.`},
		{"a group is no criterion", "Criterion,Text\nCC6,One\n", "", `p.csv, row 2, requirement: SOC 2 has no requirement "CC6". Write one identifier of it, such as CC1.1.`},
		{"two criteria in one cell", "Criterion,Text\n\"CC6.1, CC6.2\",One\n", "", `p.csv, row 2, requirement: SOC 2 has no requirement "CC6.1, CC6.2". Write one identifier of it, such as CC1.1.`},
		{"twice the same number", "Criterion,Number,Text\nCC6.1,a,One\nCC6.1,a,Two\n", "CC6.1/a/One@2", `p.csv, row 3, number: CC6.1 has a point a in row 2 already. Give each point its own number, or leave the column out.`},
		{"a number without text", "Criterion,Number,Text\nCC6.1,a,\n", "", `p.csv, row 2, text: It is empty. Write the text of point a, or take the row out.`},
		{"a long text", "Criterion,Text\nCC6.1," + strings.Repeat("x", 4001) + "\n", "", `p.csv, row 2, text: The text has 4001 characters; 4000 fit. Shorten it.`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			sheet, err := ReadPoints("p.csv", []byte(tt.file), soc2(t), framework.Shipped())
			if err != nil {
				t.Fatal(err)
			}
			var got, faults []string
			for i, p := range sheet.Points {
				got = append(got, fmt.Sprintf("%s/%s/%s@%d", p.Requirement, p.Number, p.Text, sheet.Rows[i]))
			}
			for _, f := range sheet.Faults {
				faults = append(faults, f.String())
			}
			if s := strings.Join(got, " "); s != tt.want {
				t.Errorf("points %q, want %q", s, tt.want)
			}
			if s := strings.Join(faults, "|"); s != tt.faults {
				t.Errorf("faults %q, want %q", s, tt.faults)
			}
		})
	}
}

func TestReadPointsRefuses(t *testing.T) {
	for name, file := range map[string]string{
		"nothing":         "",
		"no headings":     "CC6.1,One\n",
		"headings alone":  "Criterion,Text\n",
		"a PDF":           "%PDF-1.7",
		"too many points": "Criterion,Text\n" + strings.Repeat("CC6.1,One\n", maxPoints+1),
	} {
		_, err := ReadPoints("p.csv", []byte(file), soc2(t), framework.Shipped())
		if err == nil || problem.Of(err).Code != problem.Invalid || !strings.Contains(err.Error(), "p.csv") {
			t.Errorf("%s: %v, want a problem that names the file", name, err)
		}
	}
}

func FuzzReadPoints(f *testing.F) {
	for _, s := range []string{"Criterion,Number,Text\nCC6.1,a,One\n", "Criterion;Text\n;One\nCC6.1;\n", "ref\ttext\nA.5.1\t=1+1\n", "\xff\xfeC\x00", "Criterion,Text\nCC6.1,\x00\n", "id,description\nCC6.1,\"a\nb\"\n", "PK\x03\x04"} {
		f.Add([]byte(s))
	}
	catalogue := framework.Shipped()
	f.Fuzz(func(t *testing.T, data []byte) {
		sheet, err := ReadPoints("p.csv", data, soc2(t), catalogue)
		if err != nil {
			if problem.Of(err).Code != problem.Invalid {
				t.Errorf("%v is no problem a person can act on", err)
			}
			return
		}
		seen := map[[2]string]bool{}
		for _, p := range sheet.Points {
			key := [2]string{p.Requirement, p.Number}
			if _, ok := soc2(t).Find(p.Requirement); !ok || p.Number == "" || p.Text == "" || seen[key] {
				t.Errorf("%q gives %+v", data, p)
			}
			seen[key] = true
		}
	})
}
