package rerun

import (
	"encoding/json"
	"slices"
	"strings"

	"gridcells/pkg/npy"
)

// flags lists, for each tool, the parameters that are printed as its flags. They
// are the tool's type Parameters, without the files that the script names itself; a
// test compares the two. Flags that write files must never be here.
var flags = map[string][]string{
	"simulate":     fields(`preset n skip seed arena env_size steps motion set ego_vel heading shards compress`),
	"tfrecord2npy": fields(`shuffle shuffle_buffer repeat skip limit seed skip_corrupt`),
	"targets":      fields(`preset env_size n_pc pc_scale n_hdc hdc_concentration neurons_seed targets_type init_type surround_scale seed drop allow_mismatch`),
	"train": fields(`preset allow_mismatch batch seed velocity_inputs velocity_noise state_noise precision cell nh_lstm nh_bottleneck bottleneck_bias bottleneck_activation
		dropout init_weight_disp loss optimizer learning_rate momentum decay epsilon initial_ms beta1 beta2 schedule warmup
		schedule_period schedule_factor clip clip_scope clip_norm weight_decay weight_decay_scope weight_decay_decoupled`),
	"activations": fields(`layers dropout decode seed batch drop allow_mismatch`),
	"neurons": fields(`metres y_down seconds tracking_rate max_gap max_speed walls position head_direction direction_unit led_angle spike_seconds
		spike_offset frame_seconds record_seconds allow_mismatch`),
	"ratemaps": fields(`seed bins direction_bins env_size metres centre direction_unit allow_mismatch halves shifts shift_scope shift_least shift_seconds layers
		position_field direction_field bin_size smooth adaptive min_occupancy min_speed max_speed speed_window frame_seconds room drop`),
	"gridscore": fields(`seed drop score paper_inner unvisited correct_ellipse env_size peak_nearest peak_farthest peak_least peak_apart scale_low
		scale_high baseline border_strip rate_field_level rate_field_bins grid_cut grid_null border_cut head_direction_cut null shuffles rotations field_smoothing
		field_in_turn field_threshold field_bins gaussian_padding`),
	"report": fields(`title criterion colormap pages page_size layers units trajectory_record`),
}

// notFlags are parameters that are not printed. The script itself names the files.
// The others follow from the input; tools of version 0.1.0 wrote them among their
// parameters.
var notFlags = fields(`files path centres init file checkpoint_update training training_data heads trajectory_steps untrained_maps accepted over_training_updates`)

func fields(text string) []string { return strings.Fields(text) }

// isStreamTool reports whether a tool hands a stream on, to a file given with -o.
func isStreamTool(tool string) bool {
	return flags[tool] != nil && tool != "train" && tool != "report"
}

// maxArgument is the length of an argument that every system can pass, in bytes.
const maxArgument = 100_000

// arguments turns the parameters of a stage into its tool's command line. It also
// returns remarks about parameters that it leaves out.
func arguments(stage npy.Stage) (words, remarks []string) {
	for _, m := range npy.Members(stage.Parameters) {
		value := string(m.Value)
		name := m.Name
		if name == "motion_parameters" {
			name = "set" // in version 0.1.0
		}
		switch {
		case value == "null" || value == `""` || slices.Contains(notFlags, name):
		case !slices.Contains(flags[stage.Tool], name):
			remarks = append(remarks, stage.Tool+" also recorded "+m.Name+", which is not a flag of this version.")
		case len(value) > maxArgument:
			remarks = append(remarks, stage.Tool+" also recorded "+m.Name+", which is too long for a command line.")
		default:
			words = append(words, flagWords(name, m.Value)...)
		}
	}
	return words, remarks
}

// flagWords returns the words that set a flag. An object sets the flag once for
// each of its members.
func flagWords(name string, raw json.RawMessage) []string {
	flag := "--" + strings.ReplaceAll(name, "_", "-")
	if len(name) == 1 {
		flag = "-" + name
	}
	if raw[0] == '{' {
		var words []string
		for _, m := range npy.Members(raw) {
			words = append(words, flag, m.Name+"="+argument(m.Value))
		}
		return words
	}
	switch value := argument(raw); {
	case value == "true":
		return []string{flag}
	case value == "false" || strings.HasPrefix(value, "-"):
		return []string{flag + "=" + value}
	default:
		return []string{flag, value}
	}
}

// argument writes a value as a flag takes it: the elements of a list with commas
// between them, an empty list as 0.
func argument(raw json.RawMessage) string {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text
	}
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) != nil {
		return string(raw)
	}
	if len(list) == 0 {
		return "0"
	}
	values := make([]string, len(list))
	for i, v := range list {
		if json.Unmarshal(v, &text) != nil {
			text = string(v)
		}
		values[i] = strings.ReplaceAll(text, ",", `\,`)
	}
	return strings.Join(values, ",")
}
