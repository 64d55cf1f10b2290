/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A packed ring of NUM descriptors between a driver and the device, in chains of
 * one or two, with notification by flags, or by event index with -DEVENTS.
 *
 *   the device    kernel/vring_packed.c, each function by its name, in the order
 *                 in which kernel/rx.c calls them through kernel/vring.h
 *   the driver    virtio 1.2, 2.8.21 and 2.8.22
 *
 * Properties:
 *   no wake-up is lost     when both sleep there is no next step: an invalid end
 *                          state. The driver may sleep as soon as a chain is away.
 *   no chain is lost,      descriptors hold the number of their chain, and each
 *   none comes twice       side asserts that it finds the one that comes next
 *   counters agree         that is found only where and in which round it was
 *                          written, and nothing is where nothing was
 *
 * A place is a descriptor's index in one of two rounds: NUM and more are in that
 * with the wrap counter 0.
 */
#ifndef NUM
#define NUM 2
#endif
#define PLACES (2 * NUM)

/* The number and the flags of each descriptor, and the wishes. */
#define BODY 0
#define FLAGS NUM
#define CALL_PLACE (2 * NUM)
#define CALL_WISH (2 * NUM + 1)
#define KICK_WISH (2 * NUM + 2)

#include "store.pml"

/* As in split.pml. */
#if NUM > 2
#define LARGE
#define NUMBERS 1
#define store_body(who, at, value) skip
#define store_rest(who, at, value) mem[FLAGS + at] = value
#define BODY_IS(at, value) true
#else
#define NUMBERS (NUM + 1)
#define store_body(who, at, value) store(who, BODY + at, value)
#define store_rest(who, at, value) store(who, FLAGS + at, value)
#define BODY_IS(at, value) (mem[BODY + at] == value)
#endif

/* advance() and distance() */
#define ADVANCE(place, slots) (((place) + (slots)) % PLACES)
#define DISTANCE(from, to) (((to) + PLACES - (from)) % PLACES)

#define INDEX(place) ((place) % NUM)
#define ROUND(place) ((place) < NUM)
#define NEXT_NUMBER(number) (((number) + 1) % NUMBERS)
#define LAST_NUMBER(number) (((number) + NUMBERS - 1) % NUMBERS)

/* Flags of a descriptor: its two counters, and that another one follows. */
#define AVAIL 1
#define USED 2
#define FOLLOWED 4
#define COUNTERS(flags) ((flags) & (AVAIL | USED))
#ifdef BROKEN_ROUND
#define AVAILABLE(place) AVAIL
#define IS_USED(place) (AVAIL | USED)
#else
#define AVAILABLE(place) (ROUND(place) -> AVAIL : USED)
#define IS_USED(place) (ROUND(place) -> AVAIL | USED : 0)
#endif

/* Wishes; that for one place has the place added. */
#define ALWAYS 0
#define NEVER 1
#define AT 2

/* vring_need_event(), counted in the round of @new; see call_wanted(). */
#define WITHIN(place, new) \
	(INDEX(place) - (ROUND(place) == ROUND(new) -> 0 : NUM))
#ifdef BROKEN_EVENT_ROUND
#define NEED_EVENT(event, new, old) \
	(((INDEX(new) - INDEX(event) - 1) & 127) < \
	 ((INDEX(new) - WITHIN(old, new)) & 127))
#else
#define NEED_EVENT(event, new, old) \
	(((INDEX(new) - WITHIN(event, new) - 1) & 127) < \
	 ((INDEX(new) - WITHIN(old, new)) & 127))
#endif

/* What the eventfds hold. */
bool kick, call;

/* 2.8.21: one chain; the flags of its first descriptor make it available. */
inline send_chain(slots)
{
	atomic {
		if
		:: slots == 2 ->
			store_body(DRIVER, INDEX(ADVANCE(next, 1)), number);
			store_rest(DRIVER, INDEX(ADVANCE(next, 1)),
				   AVAILABLE(ADVANCE(next, 1)));
			pair[INDEX(next)] = 1
		:: else
		fi;
		store_body(DRIVER, INDEX(next), number)
	}
	atomic {
		BARRIER(DRIVER);
		store(DRIVER, FLAGS + INDEX(next),
		      AVAILABLE(next) | (slots == 2 -> FOLLOWED : 0));
		next = ADVANCE(next, slots);
		number = NEXT_NUMBER(number)
	}
}

/* Some chains; then a kick if that is asked for (2.8.21.3). */
inline send()
{
	old = next;
	do
	:: DISTANCE(last, next) < NUM ->
		send_chain(1)
	:: DISTANCE(last, next) < NUM - 1 ->
		send_chain(2)
	:: next != old ->
		break
	od;
	BARRIER(DRIVER);
	wish = mem[KICK_WISH];
	if
	:: wish == ALWAYS || (wish >= AT && NEED_EVENT(wish - AT, next, old)) ->
		kick = true
	:: else
	fi;
	wish = 0;
	old = 0
}

#define COMES_BACK (COUNTERS(mem[FLAGS + INDEX(last)]) == IS_USED(last))

/* 2.8.22: take what was used, one after the other. */
inline take()
{
	do
	:: atomic {
		COMES_BACK ->
		assert(last != next);
		assert(BODY_IS(INDEX(last), first));
		old = ADVANCE(last, 1 + pair[INDEX(last)]);
		pair[INDEX(last)] = 0;
		last = old;
		old = 0;
		first = NEXT_NUMBER(first)
	}
	:: else ->
		break
	od
}

/*
 * 2.8.22: sleep until something comes back, with events at any place away. With
 * events the wish is not taken back: it is out of date soon.
 */
inline await_call()
{
#ifdef EVENTS
	event = last;
	do
	:: ADVANCE(event, 1) != next ->
		event = ADVANCE(event, 1)
	:: break
	od;
	store(DRIVER, CALL_PLACE, event);
	event = 0;
#else
	store(DRIVER, CALL_WISH, ALWAYS);
#endif
	BARRIER(DRIVER);
	if
	:: !COMES_BACK ->
		atomic { call; call = false }
	:: else
	fi
#ifndef EVENTS
	;
	store(DRIVER, CALL_WISH, NEVER)
#endif
}

proctype driver()
{
	/* where the next chain goes, where one comes back; their numbers */
	byte next, last, number, first;
	bit pair[NUM];
	byte old, wish, event;

	do
	:: DISTANCE(last, next) < NUM ->
		send()
	:: take()
	:: next != last ->
		await_call()
	od
}

/* walk(): the other descriptors of a chain follow without being looked for. */
inline walk()
{
#ifndef BROKEN_READ_BARRIER
	assert(BODY_IS(INDEX(next), number));
#endif
	slots = 1;
	if
	:: flags & FOLLOWED ->
		slots = 2;
		assert(BODY_IS(INDEX(ADVANCE(next, 1)), number));
		assert(!(mem[FLAGS + INDEX(ADVANCE(next, 1))] & FOLLOWED))
	:: else
	fi
}

/* vhuge_packed_pop() */
inline pop()
{
#ifdef BROKEN_READ_BARRIER
	got = BODY_IS(INDEX(next), number);
#endif
	flags = mem[FLAGS + INDEX(next)];
	if
	:: COUNTERS(flags) == AVAILABLE(next) ->
#ifdef BROKEN_READ_BARRIER
		assert(got);
#endif
		assert(DISTANCE(used_shown, next) < NUM);
		walk();
		next = ADVANCE(next, slots);
		number = NEXT_NUMBER(number);
		got = true
	:: else ->
		got = false
	fi;
	flags = 0
}

/* vhuge_packed_unpop() to where one chain was popped */
inline unpop()
{
	next = ADVANCE(next, PLACES - slots);
	number = LAST_NUMBER(number)
}

/* vhuge_packed_push() of the chain popped last */
inline push()
{
	store_body(DEVICE, INDEX(used_next), LAST_NUMBER(number));
	if
#ifndef BROKEN_BATCH
	:: used_next == used_shown
#endif
	:: else ->
		store_rest(DEVICE, INDEX(used_next), IS_USED(used_next))
	fi;
#ifdef BROKEN_SLOTS
	used_next = ADVANCE(used_next, 1)
#else
	used_next = ADVANCE(used_next, slots)
#endif
}

/* vhuge_packed_publish() */
inline publish()
{
	if
	:: used_next != used_shown ->
		old = used_shown;
#ifndef BROKEN_WRITE_BARRIER
		BARRIER(DEVICE);
#endif
#ifndef BROKEN_BATCH
		store(DEVICE, FLAGS + INDEX(old), IS_USED(old));
#endif
		used_shown = used_next;
#ifndef BROKEN_CALL_BARRIER
		BARRIER(DEVICE);
#endif
		/* call_wanted() */
		atomic {
			if
			:: mem[CALL_WISH] == ALWAYS ||
			   (mem[CALL_WISH] == AT &&
			    NEED_EVENT(mem[CALL_PLACE], used_next, old)) ->
				call = true
			:: else
			fi
		};
		old = 0
	:: else
	fi
}

/* put_wish(): vhuge_packed_kick_off() and the first part of _kick_on() */
inline put_wish(what)
{
	if
	:: wish != what ->
		wish = what;
		store(DEVICE, KICK_WISH, what)
	:: else
	fi
}

/* vhuge_packed_kick_on(), with the ring found empty at @next */
inline kick_on()
{
#ifndef EVENTS
	put_wish(ALWAYS);
#elif defined(BROKEN_EVENT)
	put_wish(AT + ADVANCE(next, 1));
#else
	put_wish(AT + next);
#endif
#ifndef BROKEN_KICK_BARRIER
	BARRIER(DEVICE);
#endif
#ifdef BROKEN_LOOK
	got = false
#else
	got = COUNTERS(mem[FLAGS + INDEX(next)]) == AVAILABLE(next)
#endif
}

/* vhuge_rx() until the budget is used up or there is no more; vhuge_rx_rearm() */
proctype device()
{
	/* as in struct vhuge_packed; @number: of the chain to come */
	byte next, used_next, used_shown, wish, number;
	byte old, slots, flags;
	bool got;

	do
	:: put_wish(NEVER);
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
			fi;
			slots = 0
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
		/* A round behind. */
		mem[CALL_WISH] = AT;
		mem[CALL_PLACE] = PLACES - 1;
#else
		mem[CALL_WISH] = NEVER;
#endif
		run buffer(DRIVER);
		run buffer(DEVICE);
		run driver();
		run device()
	}
}
