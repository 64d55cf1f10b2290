/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Memory that two processors share, each with a store buffer.
 *
 * What a processor stores is kept back and reaches memory at any later time, in
 * any order with its other stores; only stores to one variable keep theirs. A
 * processor sees its own stores at once. Barriers wait until all has reached
 * memory. So a write barrier is modelled stronger than it is; none stands where
 * a full one is needed, except in variants that are broken.
 *
 * Loads are in the order of the program. A read barrier that is missing is
 * modelled by loading in the other order.
 *
 * Variables are numbered below 16, values below NOTHING.
 */
#define NOTHING 255
#define DRIVER 0
#define DEVICE 1

byte mem[16];
byte kept[32] = NOTHING;
byte keeps[2];

#define KEPT(who, at) kept[(who) * 16 + (at)]

#define LOAD(who, at) \
	(KEPT(who, at) == NOTHING -> mem[at] : KEPT(who, at))

/* Waits for an earlier store to the same variable. */
inline store(who, at, value)
{
	atomic {
		KEPT(who, at) == NOTHING;
		KEPT(who, at) = value;
		keeps[who]++
	}
}

#define BARRIER(who) (keeps[who] == 0)

#define ARRIVES(who, at) \
	:: atomic { \
		KEPT(who, at) != NOTHING -> \
		mem[at] = KEPT(who, at); \
		KEPT(who, at) = NOTHING; \
		keeps[who]-- \
	}

/* What a processor keeps back reaches memory. */
proctype buffer(byte who)
{
end:	do
	ARRIVES(who, 0)
	ARRIVES(who, 1)
	ARRIVES(who, 2)
	ARRIVES(who, 3)
	ARRIVES(who, 4)
	ARRIVES(who, 5)
	ARRIVES(who, 6)
	ARRIVES(who, 7)
	ARRIVES(who, 8)
	ARRIVES(who, 9)
	ARRIVES(who, 10)
	ARRIVES(who, 11)
	od
}
