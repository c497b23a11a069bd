"""Prototype of the search engine."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from rapidfuzz import fuzz
from rapidfuzz.distance import OSA, Indel
from rapidfuzz.process import cpdist
from scipy import sparse
from sparse_dot_topn import sp_matmul_topn

from stopgap.screening.names import ReadName, read_name
from stopgap.screening.sounds import reduce, skeleton
from stopgap.screening.vocabulary import Vocabulary
from stopgap.screening.initials import acronym_letters, explain, may_be_acronym, runs, sequences
from stopgap.screening.words import dictionary

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]

CANDIDATES = 24
PRIOR = 3000
MOST = 9.0


def keys_of(name: ReadName) -> tuple[list[str], list[str]]:
    keys = [t.key for t in name.tokens]
    joins = [reduce(a.latin + b.latin) for a, b in itertools.pairwise(name.tokens) if len(a.latin + b.latin) > 5]
    return keys, joins


class Engine:
    def __init__(self, names: Sequence[str], entities: Sequence[int], background: dict[str, float] | None = None) -> None:
        self.texts = list(names)
        self.entity = np.asarray(entities, dtype=np.int64)
        self.read = [read_name(name) for name in names]
        number: dict[str, int] = {}
        rows: list[int] = []
        cols: list[int] = []
        virtual_from = []
        starts = [0]
        words: list[int] = []
        joins_of: list[list[int]] = []
        for row, name in enumerate(self.read):
            keys, joins = keys_of(name)
            words += [number.setdefault(key, len(number)) for key in keys]
            starts.append(len(words))
        self.real = len(number)
        for row, name in enumerate(self.read):
            keys, _ = keys_of(name)
            joins_of.append([number.setdefault(reduce(a.latin + b.latin), len(number)) for a, b in itertools.pairwise(name.tokens)])
        self.starts = np.asarray(starts, dtype=np.int64)
        self.words = np.asarray(words, dtype=np.int64)
        # extended: real tokens, then joins, per name
        ext: list[int] = []
        ext_starts = [0]
        for row in range(len(self.read)):
            ext += words[starts[row] : starts[row + 1]]
            ext += joins_of[row]
            ext_starts.append(len(ext))
        self.ext_words = np.asarray(ext, dtype=np.int64)
        self.ext_starts = np.asarray(ext_starts, dtype=np.int64)
        size = len(self.read)
        pairs = {(row, word) for row in range(size) for word in words[starts[row] : starts[row + 1]]}
        df = np.zeros(len(number))
        for _, word in pairs:
            df[word] += 1
        # rarity: what the lists say, and what names in general say, as if they were PRIOR names more
        share = np.asarray([(background or {}).get(key, 0.0) for key in number])
        rate = (np.maximum(df, 1) + PRIOR * share) / (size + PRIOR)
        self.most = MOST
        self.weight = np.clip(-np.log(np.minimum(rate, 1.0)), 0.3, MOST).astype(np.float32)
        self.number = number
        extra_pairs = {(row, word) for row in range(size) for word in joins_of[row]}
        allpairs = sorted(pairs | extra_pairs)
        r = np.asarray([p[0] for p in allpairs])
        c = np.asarray([p[1] for p in allpairs])
        norm = np.zeros(size)
        for row, word in pairs:
            norm[row] += self.weight[word] ** 2
        norm = np.sqrt(np.maximum(norm, 1e-6))
        self.norm = norm
        self.matrix = sparse.csr_matrix((self.weight[c] / norm[r], (c, r)), shape=(len(number), size), dtype=np.float32)
        known = dictionary()
        keys = list(number)
        spelled, word_of = [], []
        for key, num in number.items():
            if not key.startswith("@") and num < self.real:
                spelled.append(key)
                word_of.append(num)
        for surface, word in [*known.whole.items(), *((s, w) for s, w in known.stems.items() if len(s) > 5)]:
            if word.concept and surface.isascii() and len(surface) > 3 and "@" + word.concept in number:
                spelled.append(surface)
                word_of.append(number["@" + word.concept])
        self.vocabulary = Vocabulary(keys, spelled, np.asarray(word_of, dtype=np.int64))
        self.forms = [name.forms for name in self.read]
        self.joined = [name.joined for name in self.read]
        self.sorted = ["".join(sorted_latin(name)) for name in self.read]
        self.bones = [skeleton(text) for text in self.joined]
        self.by_initials: dict[str, list[int]] = defaultdict(list)
        self.by_acronym: dict[str, list[int]] = defaultdict(list)
        for row, name in enumerate(self.read):
            size_ = len(name.tokens)
            found = {}
            for sequence in sequences(name):
                for key, start, end in runs(sequence):
                    found[key] = max(found.get(key, 0), (end - start) / max(size_, 1))
            for key, share in found.items():
                self.by_initials[key].append((-share, row))
            for token in name.tokens:
                if may_be_acronym(token):
                    self.by_acronym["".join(sorted(acronym_letters(token.latin)))].append((size_, row))
        for table in (self.by_initials, self.by_acronym):
            for key, rows_ in table.items():
                table[key] = [row for _, row in sorted(rows_)[:40]]
        self.weights_q_cache: dict[str, float] = {}

    # --- search
    def candidates(self, queries: Sequence[str], given: bool = False):
        read = [read_name(q) for q in queries]
        unique: dict[tuple[str, str, bool], int] = {}
        q_words: list[int] = []
        q_starts = [0]
        ext_counts = []
        for name in read:
            for t in name.tokens:
                q_words.append(unique.setdefault((t.key, t.skeleton, False), len(unique)))
            count = len(name.tokens)
            for a, b in itertools.pairwise(name.tokens):
                q_words.append(unique.setdefault((reduce(a.latin + b.latin), "", True), len(unique)))
                count += 1
            q_starts.append(len(q_words))
        near = self.vocabulary.neighbours([k for k, _, _ in unique], [h for _, h, _ in unique], [x for _, _, x in unique])
        # weight of a query word
        weight = np.full(len(unique), self.most, dtype=np.float32)
        sizes = np.diff(near.starts)
        best_w = np.full(len(unique), self.most, dtype=np.float32)
        rows = np.repeat(np.arange(len(unique)), sizes)
        # the weight of what it is most like, where it is very like it
        close = near.likeness >= 0.86
        if close.any():
            order = np.lexsort((near.likeness[close], rows[close]))
            rr = rows[close][order]
            ww = self.weight[near.words[close][order]]
            weight[rr] = ww  # last wins: the most alike
        q_words_a = np.asarray(q_words, dtype=np.int64)
        q_starts_a = np.asarray(q_starts, dtype=np.int64)
        n_real = np.asarray([len(n.tokens) for n in read], dtype=np.int64)
        # query vectors
        row_of = np.repeat(np.arange(len(read)), np.diff(q_starts_a))
        place = np.arange(len(q_words_a)) - q_starts_a[row_of]
        is_real = place < n_real[row_of]
        norm = np.sqrt(np.maximum(np.bincount(row_of, np.where(is_real, weight[q_words_a] ** 2, 0), len(read)), 1e-6))
        cnt = sizes[q_words_a]
        flat_row = np.repeat(row_of, cnt)
        flat_tok = np.repeat(q_words_a, cnt)
        offs = np.arange(cnt.sum()) - np.repeat(np.cumsum(cnt) - cnt, cnt)
        at = near.starts[flat_tok] + offs
        val = weight[flat_tok] * near.likeness[at] ** 3 / norm[flat_row]
        # joins count only where they are nearly exact
        real_flat = np.repeat(is_real, cnt)
        keep = real_flat | (near.words[at] < self.real)
        q = sparse.csr_matrix((val[keep], (flat_row[keep], near.words[at][keep])), shape=(len(read), self.matrix.shape[0]), dtype=np.float32)
        if given:
            both = np.arange(len(read))
            self.flag = np.ones(len(read), bool)
            cos = np.asarray(q.multiply(self.matrix.T.tocsr()).sum(axis=1)).ravel().astype(np.float32)
            return read, near, weight, q_words_a, q_starts_a, n_real, both, both, cos
        top = sp_matmul_topn(q, self.matrix, top_n=CANDIDATES, threshold=0.12, sort=True).tocoo()
        qi, ni, cos = top.row.astype(np.int64), top.col.astype(np.int64), top.data
        more_q, more_n = [], []
        for i, name in enumerate(read):
            found = set()
            for token in name.tokens:
                if may_be_acronym(token):
                    found.update(self.by_initials.get("".join(sorted(acronym_letters(token.latin))), ()))
            for sequence in sequences(name):
                for key, _, _ in runs(sequence):
                    found.update(self.by_acronym.get(key, ()))
            for n in found:
                more_q.append(i)
                more_n.append(n)
        self.flag = np.zeros(len(qi), bool)
        if more_q:
            key = np.concatenate([qi, np.asarray(more_q)]) * len(self.texts) + np.concatenate([ni, np.asarray(more_n)])
            cc = np.concatenate([cos, np.zeros(len(more_q), dtype=np.float32)])
            order = np.lexsort((-cc, key))
            key, cc = key[order], cc[order]
            first = np.ones(len(key), bool)
            first[1:] = key[1:] != key[:-1]
            key, cos = key[first], cc[first]
            qi, ni = key // len(self.texts), key % len(self.texts)
            self.flag = np.isin(key, np.asarray(more_q) * len(self.texts) + np.asarray(more_n))
        return read, near, weight, q_words_a, q_starts_a, n_real, qi, ni, cos

    def features(self, queries: Sequence[str], given: bool = False):
        read, near, weight, qw, qs, qreal, qi, ni, cos = self.candidates(queries, given)
        P = len(qi)
        if P == 0:
            return qi, ni, np.zeros((0, len(FEATURES)), np.float32)
        W = self.matrix.shape[0]
        sizes = np.diff(near.starts)
        nkey = np.repeat(np.arange(len(sizes)), sizes) * W + near.words
        nlike = near.likeness
        nreal = np.diff(self.starts)[ni]
        a_ext = np.diff(qs)[qi]
        b_ext = np.diff(self.ext_starts)[ni]
        a = qreal[qi]
        b = nreal
        keep = (a > 0) & (b > 0)
        flag = self.flag
        if not keep.all():
            qi, ni, cos, a, b, a_ext, b_ext, flag = (x[keep] for x in (qi, ni, cos, a, b, a_ext, b_ext, flag))
            P = len(qi)
        tot = a_ext * b_ext
        start = np.cumsum(tot) - tot
        pair = np.repeat(np.arange(P), tot)
        pos = np.arange(tot.sum()) - start[pair]
        bb = b_ext[pair]
        ia = pos // bb
        ib = pos - ia * bb
        tq = qw[qs[qi][pair] + ia]
        tn = self.ext_words[self.ext_starts[ni][pair] + ib]
        key = tq * W + tn
        at = np.searchsorted(nkey, key)
        at = np.minimum(at, len(nkey) - 1) if len(nkey) else at
        like = np.where(nkey[at] == key, nlike[at], 0).astype(np.float32) if len(nkey) else np.zeros(len(key), np.float32)
        virt = (ia >= a[pair]) | (ib >= b[pair])
        like[virt & (like < 0.85)] = 0
        # two joins say nothing that their parts do not say
        like[(ia >= a[pair]) & (ib >= b[pair])] = 0
        # best of each extended query token
        seg_q = np.repeat(start, a_ext) + (np.arange(a_ext.sum()) - np.repeat(np.cumsum(a_ext) - a_ext, a_ext)) * np.repeat(b_ext, a_ext)
        best_q = np.maximum.reduceat(like, seg_q)
        q_pair = np.repeat(np.arange(P), a_ext)
        q_place = np.arange(a_ext.sum()) - np.repeat(np.cumsum(a_ext) - a_ext, a_ext)
        # transposed
        ib2 = pos // a_ext[pair]
        ia2 = pos - ib2 * a_ext[pair]
        like_t = like[start[pair] + ia2 * bb + ib2]
        seg_n = np.repeat(start, b_ext) + (np.arange(b_ext.sum()) - np.repeat(np.cumsum(b_ext) - b_ext, b_ext)) * np.repeat(a_ext, b_ext)
        best_n = np.maximum.reduceat(like_t, seg_n)
        n_pair = np.repeat(np.arange(P), b_ext)
        n_place = np.arange(b_ext.sum()) - np.repeat(np.cumsum(b_ext) - b_ext, b_ext)

        def cover(best, pair_, place_, real, w, ext):
            """Joins lend what they reach to the two words they join."""
            is_real = place_ < real[pair_]
            base = np.cumsum(ext) - ext
            out = best.copy()
            v = ~is_real & (best > 0)
            left = base[pair_[v]] + place_[v] - real[pair_[v]]
            np.maximum.at(out, left, best[v])
            np.maximum.at(out, left + 1, best[v])
            return out[is_real], pair_[is_real], place_[is_real]

        wq_all = weight[qw][(qs[qi][q_pair] + q_place)]
        wn_all = self.weight[self.ext_words[self.ext_starts[ni][n_pair] + n_place]]
        bq, pq, placeq = cover(best_q, q_pair, q_place, a, wq_all, a_ext)
        bn, pn, placen = cover(best_n, n_pair, n_place, b, wn_all, b_ext)
        jq = [n.joined for n in read]
        left = [jq[i] for i in qi]
        right = [self.joined[j] for j in ni]
        ratio = cpdist(left, right, scorer=OSA.normalized_similarity)
        sqd = ["".join(sorted_latin(n)) for n in read]
        ratio_sorted = cpdist([sqd[i] for i in qi], [self.sorted[j] for j in ni], scorer=Indel.normalized_similarity)
        # what is nearly the same from end to end is covered, wherever its blanks stand
        floor = np.where((ratio >= 0.85) & (np.minimum([len(x) for x in left], [len(x) for x in right]) > 5), ratio, 0).astype(np.float32)
        bq = np.maximum(bq, floor[pq])
        bn = np.maximum(bn, floor[pn])
        acro = np.zeros(P, np.float32)
        acron = np.zeros(P, np.float32)
        base_q, base_n = np.cumsum(a) - a, np.cumsum(b) - b
        for p in np.flatnonzero(flag):
            name_q, name_n = read[qi[p]], self.read[ni[p]]
            for one, other, base1, base2, b1, b2 in ((name_q, name_n, base_q[p], base_n[p], bq, bn), (name_n, name_q, base_n[p], base_q[p], bn, bq)):
                st = explain(one, other)
                if st is None or st.end > len(other.tokens):
                    continue
                value = (0.97 if st.is_ordered else 0.85) if st.letters > 2 else (0.85 if st.is_ordered else 0.6)
                if value > acro[p]:
                    acro[p], acron[p] = value, st.letters
                b1[base1 + st.word] = max(b1[base1 + st.word], value)
                b2[base2 + st.start : base2 + st.end] = np.maximum(b2[base2 + st.start : base2 + st.end], value)
        wq = wq_all[q_place < a[q_pair]]
        wn = wn_all[n_place < b[n_pair]]
        s = lambda x, p: np.bincount(p, x, P)
        sq = np.maximum(s(wq, pq), 1e-6)
        sn = np.maximum(s(wn, pn), 1e-6)
        F = np.zeros((P, len(FEATURES)), np.float32)
        F[:, 12] = ratio
        F[:, 13] = ratio_sorted
        F[:, 0] = np.minimum(cos, 1.5)
        mq = s(wq * bq, pq)
        mn = s(wn * bn, pn)
        F[:, 1] = mq / sq
        F[:, 2] = mn / sn
        F[:, 3] = s(wq * (bq >= 0.99), pq) / sq
        F[:, 4] = s(wn * (bn >= 0.99), pn) / sn
        mx = lambda x, p: _segmax(x, p, P)
        F[:, 5] = mx(wq * (1 - bq), pq) / self.most
        F[:, 6] = mx(wn * (1 - bn), pn) / self.most
        F[:, 7] = mq / self.most
        tq_ = mx(wq, pq)
        F[:, 8] = mx(np.where(wq >= tq_[pq] - 1e-4, bq, 0), pq)
        tn_ = mx(wn, pn)
        F[:, 9] = mx(np.where(wn >= tn_[pn] - 1e-4, bn, 0), pn)
        # order: where the best partner of each query token stands
        arg = np.zeros(len(best_q), np.int64)
        hit = like == best_q[np.searchsorted(seg_q, np.arange(len(like)), side="right") - 1] if False else None
        # position of the best partner
        owner = np.repeat(np.arange(len(best_q)), np.repeat(b_ext, a_ext))
        isbest = (like >= best_q[owner] - 1e-6) & (like > 0)
        posn = np.where(isbest, ib, 10**6)
        argmin = np.minimum.reduceat(posn, seg_q)
        realq = q_place < a[q_pair]
        argmin = argmin[realq]
        ok = argmin < 10**5
        okn = ok.copy()
        same = np.zeros(len(ok), bool)
        nxt = np.zeros(len(ok), bool)
        nxt[:-1] = ok[:-1] & ok[1:] & (pq[:-1] == pq[1:])
        asc = np.zeros(len(ok), bool)
        asc[:-1] = nxt[:-1] & (argmin[1:] > argmin[:-1])
        den = s(nxt.astype(float), pq)
        F[:, 10] = np.where(den > 0, s(asc.astype(float), pq) / np.maximum(den, 1), 0.5)
        F[:, 11] = 0.5 * s(np.where(placeq == 0, bq, 0), pq) + 0.5 * s(np.where(placen == 0, bn, 0), pn)
        bones = [skeleton(t) for t in jq]
        bl = [bones[i] for i in qi]
        br = [self.bones[j] for j in ni]
        F[:, 14] = cpdist(bl, br, scorer=Indel.normalized_similarity)
        F[:, 15] = cpdist(left, right, scorer=fuzz.partial_ratio) / 100
        F[:, 16] = acro
        F[:, 17] = acron
        fq = [n.forms for n in read]
        F[:, 18] = [(_form(fq[i], self.forms[j])) for i, j in zip(qi, ni, strict=True)]
        F[:, 19] = [(_numbers(read[i].numbers, self.read[j].numbers)) for i, j in zip(qi, ni, strict=True)]
        F[:, 20] = a
        F[:, 21] = b
        cyr = np.asarray([n.is_cyrillic for n in read])
        cjk = np.asarray([n.is_cjk for n in read])
        F[:, 22] = cyr[qi] + 2 * cjk[qi]
        # how much of what meets is common words of trade
        conc_words = self.is_concept
        wn_c = conc_words[self.ext_words[self.ext_starts[ni][n_pair] + n_place]][n_place < b[n_pair]]
        F[:, 23] = s(wn * bn * ~wn_c, pn) / self.most
        # beside the others
        f1 = F[:, 1] + F[:, 2]
        bestq = _segmax(f1, qi, len(read))
        F[:, 24] = f1 / np.maximum(bestq[qi], 1e-3)
        F[:, 25] = s(((bq > 0) & (bq < 0.99)).astype(float), pq)
        F[:, 26] = sq / self.most
        F[:, 27] = sn / self.most
        return qi, ni, F

    @property
    def is_concept(self):
        if not hasattr(self, "_conc"):
            self._conc = np.asarray([k.startswith("@") for k in self.vocabulary.keys])
        return self._conc


def _segmax(x, p, P):
    out = np.full(P, 0, dtype=np.float32)
    np.maximum.at(out, p, x)
    return out


def _form(a, b):
    if not a or not b:
        return 0.5
    return 1.0 if a & b else 0.0


def _numbers(a, b):
    if not a and not b:
        return 0.5
    if a == b:
        return 1.0
    return 0.25 if not a or not b else (0.4 if a & b else 0.0)


def sorted_latin(name: ReadName) -> list[str]:
    return sorted(t.latin for t in name.tokens)


FEATURES = ["cos", "q_cover", "n_cover", "q_exact", "n_exact", "q_missing", "n_missing", "mass", "q_rarest", "n_rarest", "order", "first", "joined", "sorted", "bones", "partial", "initials", "initials_n", "form", "numbers", "q_words", "n_words", "script", "own_mass", "beside", "fuzzy", "q_mass", "n_mass"]
