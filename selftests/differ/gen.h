/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Operations drawn by chance.
 */
#ifndef DIFFER_GEN_H
#define DIFFER_GEN_H

#include "model.h"
#include "ta_test.h"

void gen_op(struct ta_rand *rand, struct model *m, struct op *op);

#endif /* DIFFER_GEN_H */
