//go:build !noasm

package kernel

import (
	"debug/elf"
	"debug/gosym"
	endian "encoding/binary"
	"fmt"
	"math"
	"math/bits"
	"math/rand/v2"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unsafe"

	"golang.org/x/sys/cpu"
)

// The tile functions need a processor with a matrix unit. An emulator runs their
// machine code, so that other processors test them, too: objdump reads the instructions
// of this test, and tileMachine does what the manual says of them (Intel 64 and IA-32
// Architectures Software Developer's Manual, volume 2).

// tileMachine has the registers and the memory of a tile function.
type tileMachine struct {
	t         *testing.T
	registers map[string]uint64
	equal     bool // the last result was zero
	regions   []region
	rows      [8]int
	rowBytes  [8]int
	tiles     [8][16][16]uint32
	vectors   [8][16]uint32
	masks     [8]uint32
	inUse     bool
}

// region is memory that the function may use.
type region struct {
	name  string
	bytes []byte
	at    uint64 // its address, if that is not where the bytes are
}

func regionOf[T any](name string, x []T) region {
	if len(x) == 0 {
		return region{name: name}
	}
	return region{name: name, bytes: unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(x))), len(x)*int(unsafe.Sizeof(x[0])))}
}

// at returns n bytes of memory.
func (m *tileMachine) at(address uint64, n int) []byte {
	for _, r := range m.regions {
		if len(r.bytes) == 0 {
			continue
		}
		first := r.at
		if first == 0 {
			first = uint64(uintptr(unsafe.Pointer(&r.bytes[0])))
		}
		if address >= first && address+uint64(n) <= first+uint64(len(r.bytes)) {
			return r.bytes[address-first:][:n]
		}
	}
	m.t.Fatalf("access to %d bytes at %#x, outside of the operands", n, address)
	return nil
}

// machineInstruction is a line of objdump.
type machineInstruction struct {
	address  uint64
	name     string
	operands []string
}

var (
	machineLine   = regexp.MustCompile(`^ *([0-9a-f]+):\t(\S+) *(.*?) *$`)
	memoryOperand = regexp.MustCompile(`^(-?0x[0-9a-f]+)?\(%(\w+)(?:,%(\w+),1)?\)$`)
)

// disassemble reads a function of this test.
func disassemble(t *testing.T, function string) []machineInstruction {
	t.Helper()
	objdump, err := exec.LookPath("objdump")
	if err != nil {
		t.Skip("needs objdump of GNU binutils")
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	first, end := findFunction(t, self, "gridcells/pkg/kernel."+function)
	out, err := exec.Command(objdump, "-d", "--no-show-raw-insn", fmt.Sprintf("--start-address=%#x", first),
		fmt.Sprintf("--stop-address=%#x", end), self).Output()
	if err != nil {
		t.Skipf("objdump: %v", err)
	}
	var list []machineInstruction
	for line := range strings.Lines(string(out)) {
		f := machineLine.FindStringSubmatch(strings.TrimRight(line, "\n"))
		if f == nil {
			continue
		}
		address, _ := strconv.ParseUint(f[1], 16, 64)
		operands, _, _ := strings.Cut(f[3], " #")
		list = append(list, machineInstruction{address, f[2], splitOperands(strings.TrimSpace(operands))})
	}
	if len(list) == 0 {
		t.Fatalf("objdump reads no instruction of %s", function)
	}
	return list
}

// findFunction returns where a program has a function. Test programs have no symbols
// but for the table from which the runtime knows the names of functions.
func findFunction(t *testing.T, program, name string) (first, end uint64) {
	t.Helper()
	f, err := elf.Open(program)
	if err != nil {
		t.Skipf("the emulator needs a program in ELF format: %v", err)
	}
	defer f.Close()
	lines, text := f.Section(".gopclntab"), f.Section(".text")
	if lines == nil || text == nil {
		t.Skip("this test has no table of functions")
	}
	data, err := lines.Data()
	if err != nil {
		t.Fatal(err)
	}
	table, err := gosym.NewTable(nil, gosym.NewLineTable(data, text.Addr))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range table.Funcs {
		// Of two functions of that name, one only passes the arguments on.
		if f.Name == name && f.End-f.Entry > end-first {
			first, end = f.Entry, f.End
		}
	}
	if first == end {
		t.Fatalf("this test has no function %s", name)
	}
	return first, end
}

// splitOperands divides at the commas outside of parentheses.
func splitOperands(text string) (list []string) {
	depth, from := 0, 0
	for i, c := range text + "," {
		switch {
		case c == '(':
			depth++
		case c == ')':
			depth--
		case c == ',' && depth == 0 && i > from:
			list = append(list, text[from:i])
			from = i + 1
		}
	}
	return list
}

// address computes the address of a memory operand, and the value of its index.
func (m *tileMachine) address(operand string) (base, index uint64) {
	f := memoryOperand.FindStringSubmatch(operand)
	if f == nil {
		m.t.Fatalf("memory operand %q", operand)
	}
	offset, _ := strconv.ParseInt(f[1], 0, 64)
	if f[3] != "" {
		index = m.registers[f[3]]
	}
	return m.registers[f[2]] + uint64(offset), index
}

// wide names the 64-bit register whose lower half is a 32-bit one.
func wide(name string) string {
	if strings.HasPrefix(name, "e") {
		return "r" + name[1:]
	}
	return strings.TrimSuffix(name, "d")
}

func (m *tileMachine) value(operand string) uint64 {
	switch operand[0] {
	case '$':
		v, err := strconv.ParseUint(operand[1:], 0, 64)
		if err != nil {
			m.t.Fatal(err)
		}
		return v
	case '%':
		return m.registers[wide(operand[1:])]
	}
	address, _ := m.address(operand)
	return endian.LittleEndian.Uint64(m.at(address, 8))
}

// set changes a register or memory.
func (m *tileMachine) set(operand string, v uint64) {
	if operand[0] == '%' {
		m.registers[operand[1:]] = v
		return
	}
	address, _ := m.address(operand)
	endian.LittleEndian.PutUint64(m.at(address, 8), v)
}

func tileNumber(operand string) int { return int(operand[len("%tmm")] - '0') }

// run executes a function with arguments of 64 bits.
func (m *tileMachine) run(code []machineInstruction, arguments ...uint64) {
	stack := append([]uint64{0}, arguments...)
	m.regions = append(m.regions, regionOf("stack", stack))
	m.registers = map[string]uint64{"rsp": uint64(uintptr(unsafe.Pointer(&stack[0])))}
	index := map[uint64]int{}
	for i, c := range code {
		index[c.address] = i
	}
	for i := 0; ; {
		c := code[i]
		i++
		if i < len(code) {
			m.registers["rip"] = code[i].address
		}
		switch c.name {
		case "shr":
			m.registers[c.operands[1][1:]] >>= m.value(c.operands[0])
		case "mov":
			m.registers[wide(c.operands[1][1:])] = m.value(c.operands[0])
		case "movq":
			m.registers[c.operands[1][1:]] = m.value(c.operands[0])
		case "add", "addq":
			m.set(c.operands[1], m.value(c.operands[1])+m.value(c.operands[0]))
		case "sub":
			m.set(c.operands[1], m.value(c.operands[1])-m.value(c.operands[0]))
		case "xor":
			m.registers[wide(c.operands[1][1:])] ^= m.value(c.operands[0])
		case "shl":
			m.registers[c.operands[1][1:]] <<= m.value(c.operands[0])
		case "vmovups":
			m.moveVector(c.operands[0], c.operands[1])
		case "vcvtne2ps2bf16":
			var packed [16]uint32
			for half, from := range c.operands[:2] {
				for k, u := range *m.vector(from) {
					packed[8*half+k/2] |= math.Float32bits(bfloat16(math.Float32frombits(u))) >> 16 << (16 * (k % 2))
				}
			}
			*m.vector(c.operands[2]) = packed
		case "vpermw":
			from, index, to := *m.vector(c.operands[0]), *m.vector(c.operands[1]), [16]uint32{}
			name, mask, masked := strings.Cut(c.operands[2], "{")
			for k := range 32 {
				if masked && m.mask(mask)>>k&1 == 0 {
					continue
				}
				at := index[k/2] >> (16 * (k % 2)) & 31
				to[k/2] |= from[at/2] >> (16 * (at % 2)) & 0xffff << (16 * (k % 2))
			}
			*m.vector(name) = to
		case "vpslld":
			from, to := *m.vector(c.operands[1]), m.vector(c.operands[2])
			for k := range to {
				to[k] = from[k] << m.value(c.operands[0])
			}
		case "vpandd", "vsubps":
			y, x, to := *m.vector(c.operands[0]), *m.vector(c.operands[1]), m.vector(c.operands[2])
			for k := range to {
				if c.name == "vpandd" {
					to[k] = x[k] & y[k]
				} else {
					to[k] = math.Float32bits(math.Float32frombits(x[k]) - math.Float32frombits(y[k]))
				}
			}
		case "kmovw", "kmovd":
			m.masks[c.operands[1][2]-'0'] = uint32(m.value(c.operands[0]))
		case "lea":
			address, index := m.address(c.operands[0])
			m.registers[c.operands[1][1:]] = address + index
		case "vzeroupper":
		case "dec", "decq":
			v := m.value(c.operands[0]) - 1
			m.set(c.operands[0], v)
			m.equal = v == 0
		case "cmp", "cmpq":
			m.equal = m.value(c.operands[0]) == m.value(c.operands[1])
		case "je", "jne", "jmp":
			if c.name == "jmp" || m.equal == (c.name == "je") {
				target, _ := strconv.ParseUint(strings.TrimPrefix(strings.Fields(c.operands[0])[0], "0x"), 16, 64)
				var ok bool
				if i, ok = index[target]; !ok {
					m.t.Fatalf("jump to %s", c.operands[0])
				}
			}
		case "ldtilecfg":
			m.configure(c.operands[0])
		case "tilezero":
			m.tiles[tileNumber(c.operands[0])] = [16][16]uint32{}
		case "tileloadd":
			m.load(c.operands[0], tileNumber(c.operands[1]))
		case "tilestored":
			m.store(tileNumber(c.operands[0]), c.operands[1])
		case "tdpbf16ps":
			m.dotProduct(tileNumber(c.operands[2]), tileNumber(c.operands[1]), tileNumber(c.operands[0]))
		case "tilerelease":
			m.inUse = false
		case "ret":
			if m.inUse {
				m.t.Fatal("the function leaves tiles in use")
			}
			return
		default:
			m.t.Fatalf("instruction %s %v", c.name, c.operands)
		}
	}
}

// vector is the register of an operand.
func (m *tileMachine) vector(operand string) *[16]uint32 {
	if name := strings.TrimPrefix(operand, "%zmm"); len(name) == 1 {
		return &m.vectors[name[0]-'0']
	}
	m.t.Fatalf("vector operand %q", operand)
	return nil
}

// mask is the value of a mask operand, such as k1}{z.
func (m *tileMachine) mask(operand string) uint32 {
	operand = strings.TrimPrefix(operand, "%")
	if !strings.HasSuffix(operand, "}{z}") {
		m.t.Fatalf("mask %q", operand)
	}
	return m.masks[operand[1]-'0']
}

func (m *tileMachine) moveVector(from, to string) {
	if strings.HasPrefix(from, "%") {
		address, index := m.address(to)
		memory := m.at(address+index, 64)
		for k, u := range m.vector(from) {
			endian.LittleEndian.PutUint32(memory[4*k:], u)
		}
		return
	}
	address, index := m.address(from)
	name, mask, masked := strings.Cut(to, "{")
	v := m.vector(name)
	*v = [16]uint32{}
	for k := range v {
		if !masked || m.mask(mask)>>k&1 != 0 { // what is masked is not read
			v[k] = endian.LittleEndian.Uint32(m.at(address+index+uint64(4*k), 4))
		}
	}
}

func (m *tileMachine) configure(operand string) {
	address, _ := m.address(operand)
	config := m.at(address, 64)
	if config[0] != 1 || config[1] != 0 {
		m.t.Fatalf("palette %d, first row %d", config[0], config[1])
	}
	for tile := range 16 {
		rowBytes, rows := int(endian.LittleEndian.Uint16(config[16+2*tile:])), int(config[48+tile])
		if rowBytes > 64 || rows > 16 || (rowBytes == 0) != (rows == 0) || tile >= 8 && rows > 0 {
			m.t.Fatalf("tile %d has %d rows of %d bytes", tile, rows, rowBytes)
		}
		if tile < 8 {
			m.rowBytes[tile], m.rows[tile] = rowBytes, rows
		}
	}
	m.tiles, m.inUse = [8][16][16]uint32{}, true
}

// shaped fails unless the tile has been given a shape.
func (m *tileMachine) shaped(tile int) {
	if !m.inUse || m.rows[tile] == 0 {
		m.t.Fatalf("tile %d has no shape", tile)
	}
}

func (m *tileMachine) load(operand string, tile int) {
	m.shaped(tile)
	address, stride := m.address(operand)
	m.tiles[tile] = [16][16]uint32{}
	for row := range m.rows[tile] {
		from := m.at(address+uint64(row)*stride, m.rowBytes[tile])
		for i := range m.rowBytes[tile] / 4 {
			m.tiles[tile][row][i] = endian.LittleEndian.Uint32(from[4*i:])
		}
	}
}

func (m *tileMachine) store(tile int, operand string) {
	m.shaped(tile)
	address, stride := m.address(operand)
	for row := range m.rows[tile] {
		to := m.at(address+uint64(row)*stride, m.rowBytes[tile])
		for i := range m.rowBytes[tile] / 4 {
			endian.LittleEndian.PutUint32(to[4*i:], m.tiles[tile][row][i])
		}
	}
}

// dotProduct is TDPBF16PS: sum += a·b.
func (m *tileMachine) dotProduct(sum, a, b int) {
	for _, tile := range []int{sum, a, b} {
		m.shaped(tile)
	}
	if sum == a || a == b || sum == b || m.rows[sum] != m.rows[a] || m.rowBytes[sum] != m.rowBytes[b] || m.rowBytes[a] != 4*m.rows[b] {
		m.t.Fatalf("tile %d += tile %d · tile %d: %v rows of %v bytes", sum, a, b, m.rows, m.rowBytes)
	}
	half := func(pair uint32, odd int) float64 {
		if odd == 0 {
			pair <<= 16
		}
		return float64(notDenormal(math.Float32frombits(pair &^ 0xffff)))
	}
	for row := range m.rows[sum] {
		for column := range m.rowBytes[sum] / 4 {
			var sums [2]float32
			for k := range m.rows[b] {
				for odd := range 2 {
					product := half(m.tiles[a][row][k], odd) * half(m.tiles[b][k][column], odd)
					sums[odd] = flushed(product + float64(sums[odd]))
				}
			}
			c := float64(notDenormal(math.Float32frombits(m.tiles[sum][row][column])))
			m.tiles[sum][row][column] = math.Float32bits(flushed(c + float64(flushed(float64(sums[0])+float64(sums[1])))))
		}
	}
}

// emulatedTiles are tileParts whose functions the machine runs.
func emulatedTiles(t *testing.T, memory func() []region) *tileParts {
	code := map[[2]int][]machineInstruction{}
	for _, shape := range [][2]int{{1, 1}, {1, 2}, {1, 3}, {1, 4}, {2, 1}, {2, 2}} {
		code[shape] = disassemble(t, fmt.Sprintf("tiles%dx%d", shape[0], shape[1]))
	}
	return &tileParts{pack: statedPacking(), run: func(rows, columns int, job *tileJob) {
		m := &tileMachine{t: t, regions: append(memory(), regionOf("job", unsafe.Slice(job, 1)))}
		m.run(code[[2]int{rows, columns}], addressOf(job))
	}}
}

func addressOf[T any](p *T) uint64 { return uint64(uintptr(unsafe.Pointer(p))) }

// constants are the constants of this program.
func constants(t *testing.T) region {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	f, err := elf.Open(self)
	if err != nil {
		t.Skipf("the emulator needs a program in ELF format: %v", err)
	}
	defer f.Close()
	section := f.Section(".rodata")
	data, err := section.Data()
	if err != nil {
		t.Fatal(err)
	}
	return region{"constants", data, section.Addr}
}

// packingStated says what the packing functions do.
func packingStated(parts int) packing {
	var p packing
	pair := func(even, odd float32) float32 {
		return math.Float32frombits(math.Float32bits(bfloat16(even))>>16 | math.Float32bits(bfloat16(odd))&^0xffff)
	}
	put := func(dst []float32, lowAt int, even, odd float32) {
		dst[0] = pair(even, odd)
		if parts == 2 {
			dst[lowAt] = pair(even-bfloat16(even), odd-bfloat16(odd))
		}
	}
	p.rows[parts-1] = func(to *float32, lowAt, block int, from *float32, stride, rows, blocks, rest int) {
		width := 32*blocks + bits.Len(uint(rest))
		all := blocks + min(1, rest)
		dst := unsafe.Slice(to, (all-1)*block+(parts-1)*lowAt+16*rows)
		for i := range rows {
			x := make([]float32, 32*all)
			copy(x, unsafe.Slice(from, (rows-1)*stride+width)[i*stride:][:width])
			for k := 0; k < len(x); k += 2 {
				put(dst[k/32*block+16*i+k%32/2:], lowAt, x[k], x[k+1])
			}
		}
	}
	p.pairs[parts-1] = func(to *float32, lowAt, tile int, from *float32, stride, pairs, tiles, rest int) {
		width := 16*tiles + bits.Len(uint(rest))
		all := tiles + min(1, rest)
		dst := unsafe.Slice(to, (all-1)*tile+(parts-1)*lowAt+16*pairs)
		x := unsafe.Slice(from, (2*pairs-1)*stride+width)
		for i := range pairs {
			for k := range 16 * all {
				var even, odd float32
				if k < width {
					even, odd = x[2*i*stride+k], x[(2*i+1)*stride+k]
				}
				put(dst[k/16*tile+16*i+k%16:], lowAt, even, odd)
			}
		}
	}
	return p
}

// statedPacking packs both ways.
func statedPacking() *packing {
	high, both := packingStated(1), packingStated(2)
	high.rows[1], high.pairs[1] = both.rows[1], both.pairs[1]
	return &high
}

// TestEmulatedPacking demands the operands that are stated above from the machine
// code, for numbers at the edges of the formats, too.
func TestEmulatedPacking(t *testing.T) {
	code := map[string][]machineInstruction{}
	for _, name := range []string{"packRowsHigh", "packRowsParts", "packPairsHigh", "packPairsParts"} {
		code[name] = disassemble(t, name)
	}
	stated, readOnly := statedPacking(), constants(t)
	const stride, lowAt, step = 70, 256, 512
	rng := rand.New(rand.NewPCG(8, 9))
	for trial := range 60 {
		rows, whole, rest := 2+trial%5*2, trial%3, trial%4*5
		if whole+rest == 0 {
			whole = 1
		}
		x := make([]float32, (rows-1)*stride+16*whole+rest)
		if trial%2 == 0 {
			x = make([]float32, (rows-1)*stride+32*whole+rest)
		}
		mixed(rng, x)
		if trial%4 == 0 {
			x[0], x[1] = float32(math.Inf(1)), math.MaxFloat32
		}
		for low, kind := range []string{"High", "Parts"} {
			want, got := make([]float32, 3*step), make([]float32, 3*step)
			m := &tileMachine{t: t, regions: []region{regionOf("x", x), regionOf("dst", got), readOnly}}
			if trial%2 == 0 {
				stated.rows[low](&want[0], lowAt, step, &x[0], stride, rows, whole, lowest(rest))
				m.run(code["packRows"+kind], addressOf(&got[0]), lowAt, step, addressOf(&x[0]), stride, uint64(rows), uint64(whole), uint64(lowest(rest)))
			} else {
				stated.pairs[low](&want[0], lowAt, step, &x[0], stride, rows/2, whole, lowest(rest))
				m.run(code["packPairs"+kind], addressOf(&got[0]), lowAt, step, addressOf(&x[0]), stride, uint64(rows/2), uint64(whole), uint64(lowest(rest)))
			}
			if i := firstDifference(want, got); i >= 0 {
				t.Fatalf("trial %d, %s: pair %d is %x, want %x", trial, kind, i, math.Float32bits(got[i]), math.Float32bits(want[i]))
			}
		}
	}
}

// TestEmulatedTiles demands the bits of the scalar path from the machine code of the
// tile functions, at all shapes of tiles, and no access outside of the operands.
func TestEmulatedTiles(t *testing.T) {
	if !cpu.X86.HasAVX2 {
		t.Skip("tiles are turned with AVX2")
	}
	var p *trial
	var a, b Operand
	var bias []float32
	path := scalarPath
	path.low = emulatedTiles(t, func() []region {
		return []region{regionOf("A", a.layout.data), regionOf("B", b.layout.data), regionOf("C", p.c), regionOf("bias", bias)}
	})
	previous := active
	defer func() { active = previous }()
	rng := rand.New(rand.NewPCG(3, 1))
	number := 0
	for _, m := range []int{1, 5, 10, 16, 17, 31, 32, 33, 56, 69} {
		for _, n := range []int{1, 12, 16, 17, 31, 32, 48, 64, 70, 100, 140} {
			number++
			precision := []Precision{Split, BFloat16}[number%2]
			p = newTrial(14, [3]int{m, n, []int{1, 2, 31, 32, 33, 65, 131, 161, 300}[number%9]}, number%4, number%3 == 0, number%5 == 0)
			if number%2 == 0 {
				p.mix()
			}
			bias = nil
			if !p.accumulate && number%2 == 1 {
				bias = randomVector(rng, n, rng.NormFloat64)
			}
			run := func(c []float32) {
				a, b = p.operands(precision)
				Multiply(Matrix{c, p.m, p.n, p.ldc}, &a, &b, bias, p.accumulate)
			}
			active = &scalarPath
			want := p.run(t, run)
			active = &path
			got := p.run(t, run)
			if i := firstOther(want, got); i >= 0 {
				t.Fatalf("%v in %v: element %d (row %d, column %d): %v, want %v", p, precision, i, i/p.ldc, i%p.ldc, got[i], want[i])
			}
		}
	}
}

// TestEmptyTiles checks empty factors.
func TestEmptyTiles(t *testing.T) {
	tiles := &tileParts{pack: statedPacking()}
	for _, m := range []Matrix{{Rows: 2}, {Cols: 3, Stride: 3}, {}} {
		for name, set := range map[string]func(*Operand, Matrix){
			"setLeft": tiles.setLeft, "setLeftTransposed": tiles.setLeftTransposed, "setRight": tiles.setRight,
		} {
			o := Operand{precision: Split}
			if set(&o, m); len(o.layout.data) != 0 {
				t.Errorf("%s of %d×%d has %d elements", name, m.Rows, m.Cols, len(o.layout.data))
			}
		}
	}
}

// TestTileJobOffsets compares the fields with the offsets in the generator.
func TestTileJobOffsets(t *testing.T) {
	var j tileJob
	for i, offset := range []uintptr{
		unsafe.Offsetof(j.a), unsafe.Offsetof(j.aTile), unsafe.Offsetof(j.b), unsafe.Offsetof(j.bTile),
		unsafe.Offsetof(j.c), unsafe.Offsetof(j.cRow), unsafe.Offsetof(j.cTile),
		unsafe.Offsetof(j.start), unsafe.Offsetof(j.startRow), unsafe.Offsetof(j.startTile),
		unsafe.Offsetof(j.blocks), unsafe.Offsetof(j.panels), unsafe.Offsetof(j.passes), unsafe.Offsetof(j.from), unsafe.Offsetof(j.to),
	} {
		if want := 64 + 8*uintptr(i); offset != want {
			t.Errorf("field %d is at %d, want %d", i, offset, want)
		}
	}
	if unsafe.Offsetof(j.rowBytes) != 16 || unsafe.Offsetof(j.rows) != 48 {
		t.Errorf("the shapes are at %d and %d", unsafe.Offsetof(j.rowBytes), unsafe.Offsetof(j.rows))
	}
}
