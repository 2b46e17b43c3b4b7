// Package cli is what the project's commands share: parsing of flags, opening
// of inputs and outputs, progress, signals and exit statuses.
//
// A command's body is a [RunFunc]; [Main] runs it with the process's streams
// and turns its error into an exit status:
//
//	0    the work is done, or the reader of the output has had enough
//	1    the work failed
//	2    the command line is wrong
//	130  stopped by SIGINT; 143 by SIGTERM, 129 by SIGHUP, 138 by SIGUSR1
//
// The flags that determine a tool's output are one exported struct, Parameters,
// which the tool embeds in its flags and writes into the provenance of its output;
// see [gridcells/pkg/npy.NewStage].
package cli
