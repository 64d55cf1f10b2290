/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A split ring of NUM entries between a driver and the device, with notification
 * by flags, or by event index with -DEVENTS.
 *
 *   the device    kernel/vring_split.c, each function by its name, in the order
 *                 in which kernel/rx.c calls them through kernel/vring.h
 *   the driver    virtio 1.2, 2.7.13 and 2.7.14
 *
 * Properties:
 *   no wake-up is lost     when both sleep there is no next step: an invalid end
 *                          state. The driver may sleep as soon as a chain is away.
 *   no chain is lost,      entries hold the number of their chain, and each side
 *   none comes twice       asserts that it finds the one that comes next
 *   counters agree         neither side is ahead of the other, or more than a
 *                          ring behind
 *
 * Indices wrap at the smallest number at which they can: 2 * NUM, as 65536 is for
 * the largest ring.
 */
#ifndef NUM
#define NUM 2
#endif
#define WRAP (2 * NUM)

/* Entries, index and wish of either side. */
#define AVAIL 0
#define AVAIL_IDX NUM
#define AVAIL_WISH (NUM + 1)
#define USED (NUM + 2)
#define USED_IDX (2 * NUM + 2)
#define USED_WISH (2 * NUM + 3)

#include "store.pml"

/*
 * A larger ring has more states than there is time for. What it is there to show,
 * events in the middle of many chains, does not depend on what is in entries, on
 * chains that are given back, or on a budget.
 */
#if NUM > 2
#define LARGE
#define store_entry(who, at, value) skip
#define ENTRY(at, value) (value)
#else
#define store_entry(who, at, value) store(who, at, value)
#define ENTRY(at, value) mem[at]
#endif

#define AFTER(i) (((i) + 1) % WRAP)
#define FROM(a, b) (((a) + WRAP - (b)) % WRAP)

/* vring_need_event(), and a wrong one that forgets that indices wrap */
#ifdef BROKEN_WRAP
#define NEED_EVENT(event, new, old) (new > event && event >= old)
#else
#define NEED_EVENT(event, new, old) \
	(FROM(new, AFTER(event)) < FROM(new, old))
#endif

/* What the eventfds hold. */
bool kick, call;

#ifdef EVENTS
#define CALL_WANTED(new, old) NEED_EVENT(mem[AVAIL_WISH], new, old)
#define KICK_WANTED(new, old) NEED_EVENT(mem[USED_WISH], new, old)
#else
#define CALL_WANTED(new, old) (mem[AVAIL_WISH] == 0)
#define KICK_WANTED(new, old) (mem[USED_WISH] == 0)
#endif

/* 2.7.13: make 1 to NUM chains available and kick if that is asked for. */
inline send()
{
	old = idx;
	do
	:: FROM(idx, last_used) < NUM ->
		atomic {
			store_entry(DRIVER, AVAIL + idx % NUM, idx);
			idx = AFTER(idx)
		}
	:: idx != old ->
		break
	od;
	BARRIER(DRIVER);
	store(DRIVER, AVAIL_IDX, idx);
	BARRIER(DRIVER);
	if
	:: KICK_WANTED(idx, old) ->
		kick = true
	:: else
	fi;
	old = 0
}

/* 2.7.14: take all used entries. */
inline take()
{
	now = mem[USED_IDX];
	assert(FROM(now, last_used) <= FROM(idx, last_used));
	do
	:: atomic {
		last_used != now ->
		assert(ENTRY(USED + last_used % NUM, last_used) == last_used);
		last_used = AFTER(last_used)
	}
	:: else ->
		break
	od;
	now = 0
}

/* 2.7.14: sleep until a chain that is away comes back, with events any of them. */
inline await_call()
{
	event = last_used;
#ifdef EVENTS
	do
	:: AFTER(event) != idx ->
		event = AFTER(event)
	:: break
	od;
	store(DRIVER, AVAIL_WISH, event);
#else
	store(DRIVER, AVAIL_WISH, 0);
#endif
	BARRIER(DRIVER);
	if
	:: FROM(mem[USED_IDX], last_used) <= FROM(event, last_used) ->
		atomic { call; call = false }
	:: else
	fi;
#ifndef EVENTS
	store(DRIVER, AVAIL_WISH, 1);
#endif
	event = 0
}

proctype driver()
{
	/* the next chain, and the next used entry */
	byte idx, last_used;
	byte old, now, event;

	do
	:: FROM(idx, last_used) < NUM ->
		send()
	:: take()
	:: idx != last_used ->
		await_call()
	od
}

/* look() and vhuge_split_pop() */
inline pop()
{
	got = false;
#ifdef BROKEN_READ_BARRIER
	entry = ENTRY(AVAIL + next % NUM, next);
#endif
	if
	:: next == seen ->
		seen = mem[AVAIL_IDX]
	:: else
	fi;
	assert(FROM(seen, next) <= NUM - FROM(next, used_next));
	if
	:: next != seen ->
#ifndef BROKEN_READ_BARRIER
		entry = ENTRY(AVAIL + next % NUM, next);
#endif
		assert(entry == next);
		next = AFTER(next);
		got = true
	:: else
	fi;
	entry = 0
}

/* vhuge_ring_unpop() to where one chain was popped */
inline unpop()
{
#ifdef BROKEN_UNPOP
	skip
#else
	next = FROM(next, 1)
#endif
}

/* vhuge_split_push() of the chain popped last */
inline push()
{
	atomic {
		store_entry(DEVICE, USED + used_next % NUM, FROM(next, 1));
		used_next = AFTER(used_next)
	}
}

/* vhuge_split_publish() */
inline publish()
{
	if
	:: used_idx != used_next ->
		old = used_idx;
#ifndef BROKEN_WRITE_BARRIER
		BARRIER(DEVICE);
#endif
		store(DEVICE, USED_IDX, used_next);
#ifndef BROKEN_TWICE
		used_idx = used_next;
#endif
#ifndef BROKEN_CALL_BARRIER
		BARRIER(DEVICE);
#endif
		if
		:: CALL_WANTED(used_next, old) ->
			call = true
		:: else
		fi;
		old = 0
	:: else
	fi
}

/* set_used_flags() */
inline set_used_flags(flags)
{
	if
	:: used_flags != flags ->
		used_flags = flags;
		store(DEVICE, USED_WISH, flags)
	:: else
	fi
}

/* vhuge_split_kick_off() */
inline kick_off()
{
#ifdef EVENTS
	skip
#else
	set_used_flags(1)
#endif
}

/* vhuge_split_kick_on() */
inline kick_on()
{
#ifndef EVENTS
	set_used_flags(0);
#elif defined(BROKEN_EVENT)
	store(DEVICE, USED_WISH, AFTER(seen));
#else
	store(DEVICE, USED_WISH, seen);
#endif
#ifndef BROKEN_KICK_BARRIER
	BARRIER(DEVICE);
#endif
#ifdef BROKEN_LOOK
	got = false
#else
	got = mem[AVAIL_IDX] != seen
#endif
}

/* vhuge_rx() until the budget is used up or there is no more; vhuge_rx_rearm() */
proctype device()
{
	/* as in struct vhuge_split */
	byte next, seen, used_next, used_idx;
	bool used_flags;
	byte entry, old;
	bool got;

	do
	:: kick_off();
		do
		:: pop();
			if
			:: got ->
				push()
#ifndef LARGE
			:: got ->
				unpop()
#endif
			:: else ->
				break
			fi
#ifndef LARGE
		:: got ->
			break
#endif
		od;
		publish();
		if
		:: !got ->
			kick_on();
			if
			:: !got ->
				atomic { kick; kick = false }
			:: else
			fi
		:: else
		fi;
		got = false
	od
}

init
{
	atomic {
#ifdef EVENTS
		/* Behind what comes first, so that nobody is woken for it. */
		mem[AVAIL_WISH] = WRAP - 1;
		mem[USED_WISH] = WRAP - 1;
#else
		mem[AVAIL_WISH] = 1;
#endif
		run buffer(DRIVER);
		run buffer(DEVICE);
		run driver();
		run device()
	}
}
