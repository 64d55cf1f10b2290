/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What no driver may put into a ring. Each function puts one attack into it,
 * for ring_publish(); whether the ring breaks or its chains are dropped is told
 * by hostile.c.
 *
 * The guest has pages 0 and 1, a hole and page 3; its rings are in page 0.
 */
#ifndef SELFTESTS_ATTACK_H
#define SELFTESTS_ATTACK_H

#include "ring.h"

#define ATTACK_NUM 64
#define ATTACK_PAGES 4
#define ATTACK_HOLE 2

void attack_head_is_num(struct ring *ring);
void attack_head_is_far(struct ring *ring);
void attack_avail_jumps(struct ring *ring);
void attack_avail_jumps_far(struct ring *ring);
void attack_avail_goes_back(struct ring *ring);
void attack_loop_of_one_empty(struct ring *ring);
void attack_loop_of_one(struct ring *ring);
void attack_loop_of_all(struct ring *ring);
void attack_loop_behind_a_packet(struct ring *ring);
void attack_next_is_num(struct ring *ring);
void attack_next_is_far(struct ring *ring);
void attack_begins_before_memory(struct ring *ring);
void attack_begins_in_hole(struct ring *ring);
void attack_ends_in_hole(struct ring *ring);
void attack_ends_behind_memory(struct ring *ring);
void attack_wraps(struct ring *ring);
void attack_at_zero(struct ring *ring);
void attack_second_leaves_memory(struct ring *ring);
void attack_giant_leaves_memory(struct ring *ring);
void attack_wrong_direction(struct ring *ring);
void attack_wrong_direction_first(struct ring *ring);
void attack_no_header(struct ring *ring);
void attack_header_of_empty_descriptors(struct ring *ring);
void attack_giant(struct ring *ring);
void attack_giant_of_many(struct ring *ring);
void attack_empty(struct ring *ring);
void attack_table(struct ring *ring);
void attack_table_in_table(struct ring *ring);
void attack_table_empty(struct ring *ring);
void attack_table_of_half(struct ring *ring);
void attack_table_of_one_and_half(struct ring *ring);
void attack_table_too_long(struct ring *ring);
void attack_table_giant(struct ring *ring);
void attack_table_with_next(struct ring *ring);
void attack_table_outside(struct ring *ring);
void attack_table_at_the_end(struct ring *ring);
void attack_table_wraps(struct ring *ring);
void attack_table_next_is_count(struct ring *ring);
void attack_table_loop(struct ring *ring);
void attack_table_leaves_memory(struct ring *ring);
void attack_table_wrong_direction(struct ring *ring);

#endif
