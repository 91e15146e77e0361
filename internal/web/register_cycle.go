package web

func cycleRegisters() []register { return nil }
