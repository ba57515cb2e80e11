/* The words of floating-point rows for the translator: which operations have host instructions that
 * give the same result and flags to the bit, as hart/jit/fp.c and the hosts use them. Rows with
 * others are called. Only for hart/jit/rows.c. */

/* clang-format off */
#define FP_COLD               tree_unary(&m->pool, NODE_COLD, NULL)
#define FP_TREE(op, w, a, b)  tree_fp(&m->pool, NODE_##op, w, a, b, NULL)
#define FP_TO_INT(w, type, a) fp_to_int(m, w, TYPE_##type, a)

#define f32_add(a, b, ...)               FP_TREE(FADD, 32, a, b)
#define f32_sub(a, b, ...)               FP_TREE(FSUB, 32, a, b)
#define f32_mul(a, b, ...)               FP_TREE(FMUL, 32, a, b)
#define f32_div(a, b, ...)               FP_TREE(FDIV, 32, a, b)
#define f32_eq(a, b, ...)                FP_TREE(FEQ, 32, a, b)
#define f32_lt(a, b, ...)                FP_TREE(FLT, 32, a, b)
#define f32_le(a, b, ...)                FP_TREE(FLE, 32, a, b)
#define f32_sqrt(a, ...)                 FP_TREE(FSQRT, 32, a, NULL)
#define f32_fma(a, b, c, ...)            tree_fp(&m->pool, NODE_FFMA, 32, a, b, c)
#define f32_to_i32(a, ...)               FP_TO_INT(32, s32, a)
#define f32_to_i64(a, ...)               FP_TO_INT(32, s64, a)
#define i32_to_f32(a, ...)               FP_TREE(FFROM, 32, a, NULL)
#define u32_to_f32(a, ...)               FP_TREE(FFROM, 32, a, NULL)
#define i64_to_f32(a, ...)               FP_TREE(FFROM, 32, a, NULL)
#define f32_to_f64(a, ...)               FP_TREE(FCONVERT, 32, a, NULL)

#define f64_add(a, b, ...)               FP_TREE(FADD, 64, a, b)
#define f64_sub(a, b, ...)               FP_TREE(FSUB, 64, a, b)
#define f64_mul(a, b, ...)               FP_TREE(FMUL, 64, a, b)
#define f64_div(a, b, ...)               FP_TREE(FDIV, 64, a, b)
#define f64_eq(a, b, ...)                FP_TREE(FEQ, 64, a, b)
#define f64_lt(a, b, ...)                FP_TREE(FLT, 64, a, b)
#define f64_le(a, b, ...)                FP_TREE(FLE, 64, a, b)
#define f64_sqrt(a, ...)                 FP_TREE(FSQRT, 64, a, NULL)
#define f64_fma(a, b, c, ...)            tree_fp(&m->pool, NODE_FFMA, 64, a, b, c)
#define f64_to_i32(a, ...)               FP_TO_INT(64, s32, a)
#define f64_to_i64(a, ...)               FP_TO_INT(64, s64, a)
#define i32_to_f64(a, ...)               FP_TREE(FFROM, 64, a, NULL)
#define u32_to_f64(a, ...)               FP_TREE(FFROM, 64, a, NULL)
#define i64_to_f64(a, ...)               FP_TREE(FFROM, 64, a, NULL)
#define f64_to_f32(a, ...)               FP_TREE(FCONVERT, 64, a, NULL)

#define f32_to_u32(...)                  FP_COLD
#define f32_to_u64(...)                  FP_COLD
#define f32_to_f16(...)                  FP_COLD
#define f32_min(...)                     FP_COLD
#define f32_max(...)                     FP_COLD
#define f32_minm(...)                    FP_COLD
#define f32_maxm(...)                    FP_COLD
#define f32_leq(...)                     FP_COLD
#define f32_ltq(...)                     FP_COLD
#define f32_round(...)                   FP_COLD
#define f32_roundnx(...)                 FP_COLD
#define f32_classify(...)                FP_COLD
#define u64_to_f32(...)                  FP_COLD
#define f64_to_u32(...)                  FP_COLD
#define f64_to_u64(...)                  FP_COLD
#define f64_to_f16(...)                  FP_COLD
#define f64_min(...)                     FP_COLD
#define f64_max(...)                     FP_COLD
#define f64_minm(...)                    FP_COLD
#define f64_maxm(...)                    FP_COLD
#define f64_leq(...)                     FP_COLD
#define f64_ltq(...)                     FP_COLD
#define f64_round(...)                   FP_COLD
#define f64_roundnx(...)                 FP_COLD
#define f64_classify(...)                FP_COLD
#define u64_to_f64(...)                  FP_COLD
#define f64_mod_i32(...)                 FP_COLD
#define f16_add(...)                     FP_COLD
#define f16_sub(...)                     FP_COLD
#define f16_mul(...)                     FP_COLD
#define f16_div(...)                     FP_COLD
#define f16_sqrt(...)                    FP_COLD
#define f16_fma(...)                     FP_COLD
#define f16_eq(...)                      FP_COLD
#define f16_lt(...)                      FP_COLD
#define f16_le(...)                      FP_COLD
#define f16_leq(...)                     FP_COLD
#define f16_ltq(...)                     FP_COLD
#define f16_min(...)                     FP_COLD
#define f16_max(...)                     FP_COLD
#define f16_minm(...)                    FP_COLD
#define f16_maxm(...)                    FP_COLD
#define f16_round(...)                   FP_COLD
#define f16_roundnx(...)                 FP_COLD
#define f16_classify(...)                FP_COLD
#define f16_to_i32(...)                  FP_COLD
#define f16_to_u32(...)                  FP_COLD
#define f16_to_i64(...)                  FP_COLD
#define f16_to_u64(...)                  FP_COLD
#define f16_to_f32(...)                  FP_COLD
#define f16_to_f64(...)                  FP_COLD
#define i32_to_f16(...)                  FP_COLD
#define u32_to_f16(...)                  FP_COLD
#define i64_to_f16(...)                  FP_COLD
#define u64_to_f16(...)                  FP_COLD
/* clang-format on */
