package web

import "maps"

func init() {
	maps.Copy(leafWords, map[string]string{
		"device.connection":       "Source of devices connected, paused, changed or ended",
		"device.mapping":          "Policies of a source named",
		"device.osquery_enrolled": "Host with osquery enrolled",
		"device.osquery_secret":   "Secret for hosts with osquery made, changed or ended",
	})
}
