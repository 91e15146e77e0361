package web

func findingRegisters() []register { return nil }
