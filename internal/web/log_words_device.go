package web

import "maps"

func init() {
	maps.Copy(leafWords, map[string]string{
		"device.code":    "Code for enrolling devices made or taken back",
		"device.owner":   "Device given to somebody, or taken back",
		"device.put":     "Something happened to a device",
		"device.setting": "Rules for devices changed",
		"device.waiver":  "Exception for a device decided or ended",
	})
}
