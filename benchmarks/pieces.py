"""Parts of a training that were tried and are not in the package, for method.py.

A term is a class over `Objective`; `with_piece` takes the place of `training.make_objective` in the
process of one run. `averaged` and `second_stage` are no terms."""
import numpy as np
import torch
import torch.nn.functional as F

from mt_distill import losses

class Each(losses.Objective):
    "Beside the consensus a term for each teacher, by its weight."
    def consensus_loss(self, z, targets, mask, mine, count):
        loss, parts = super().consensus_loss(z, targets, mask, mine, count)
        for i, k in enumerate(self.names):
            t = self.standardise[i](targets[k])
            fit = self.fit_loss(i, z.float(), t, mask[k], mine, count.get(k))
            loss = loss + self.amount*self.weights[k]*fit
        return loss, parts

class Spread(losses.Objective):
    "The mean squared cosine of different texts."
    def consensus_loss(self, z, targets, mask, mine, count):
        loss, parts = super().consensus_loss(z, targets, mask, mine, count)
        u, n = F.normalize(z.float(), dim=-1), len(z)
        return loss + self.amount*((u.T@u).square().sum()-n)/(n*(n-1)), parts

class Smooth(losses.Objective):
    "Smooth L1 as the fit, quadratic below `amount` standard deviations."
    def rows(self, mean, raw, logits, t):
        return F.smooth_l1_loss(mean, t, reduction='none', beta=self.amount).mean(-1)

class Dropping(losses.Objective):
    "Each teacher is left out of a step's consensus by chance, but never all."
    def consensus(self, targets, mask):
        if not torch.is_grad_enabled(): return super().consensus(targets, mask) # no step
        heard = [k for k in targets if self.mix[k]]
        kept = [k for k in heard if torch.rand(()) >= self.amount]
        kept = kept or [heard[int(torch.randint(len(heard), ()))]]
        some = {k: t for k, t in targets.items() if k in kept}
        u, _ = super().consensus(some, mask)
        return u, torch.stack([mask[k] for k in kept]).any(0)

class Even(torch.autograd.Function):
    "Its input, with a gradient of length `w`."
    @staticmethod
    def forward(ctx, z, w):
        ctx.w = w
        return z.view_as(z)
    @staticmethod
    def backward(ctx, g): return ctx.w*g/g.norm().clamp_min(1e-12), None

class Balance(losses.Objective):
    "The teachers' terms send gradients to the student that are as long as their weights."
    def forward(self, z, targets, mask, mine=None, count=None):
        loss, parts = z.sum()*0, {}
        for i, k in enumerate(self.names):
            w = self.amount*self.weights[k]
            fit, gram = self.teacher_loss(i, Even.apply(z, w), targets[k], mask[k])
            loss, parts[k] = loss + fit + self.gram*gram, fit.detach()
        return loss, parts

class Prefix(losses.Objective):
    "Matryoshka: the same loss for the first half, quarter and eighth of the dimensions."
    def consensus_loss(self, z, targets, mask, mine, count):
        loss, parts = super().consensus_loss(z, targets, mask, mine, count)
        for part in (2, 4, 8):
            first = torch.arange(z.shape[1]) < z.shape[1]//part
            loss = loss + self.amount*super().consensus_loss(z*first, targets, mask, mine,
                                                             count)[0]
        return loss, parts

class Random(losses.Objective):
    "The head of the consensus starts at random."
    def start_at_axes(self, targets, mask): pass

KINDS = dict(random=Random, each=Each, spread=Spread, smooth=Smooth, drop=Dropping,
             balance=Balance, prefix=Prefix)

def with_piece(
    name:str, # One of `KINDS`
    amount:float # Its weight, probability or width
): # A function as `make_objective`
    "`make_objective`, of an objective with one part more."
    def make(*args, **kwargs):
        made = losses.make_objective(*args, **kwargs)
        made.__class__, made.amount = KINDS[name], amount
        return made
    return make

def averaged(
    decay:float, # Of the weights kept, per step
    steps:int # After which the kept weights take the place of the trained
):
    "From now on, in this process: an exponential moving average of all trained weights."
    from torch.optim.optimizer import register_optimizer_step_post_hook
    kept, seen = {}, [0]
    @torch.no_grad()
    def after(optimizer, args, kwargs):
        seen[0] += 1
        for p in (p for g in optimizer.param_groups for p in g['params']):
            old = kept.setdefault(p, p.detach().clone())
            old.lerp_(p, 1-min(decay, (1+seen[0])/(10+seen[0])))
            if seen[0]==steps: p.copy_(old)
    register_optimizer_step_post_hook(after)

def second_stage(student, guide, texts, rate, steps=300, batch=256, tau=.05, seed=0):
    "Contrastive on the two halves of a text, without negatives that the guide finds nearer."
    from mt_distill.halves import LONG_ENOUGH, cut_in_two
    halves = [cut_in_two(t) for t in texts if len(t)>=LONG_ENOUGH[0]]
    rng, optimizer = np.random.default_rng(seed), torch.optim.AdamW(student.parameters(), lr=rate)
    own = torch.arange(batch)
    for _ in range(steps):
        first, second = zip(*(halves[i] for i in rng.choice(len(halves), batch, replace=False)))
        seen = _cosines(*(torch.as_tensor(guide.encode([*s])) for s in (first, second)))
        made = _cosines(*(_vectors(student, [*s]) for s in (first, second)))/tau
        near = seen>seen.diagonal()[:, None], seen.T>seen.diagonal()[:, None]
        loss = sum(F.cross_entropy(m.masked_fill(n, -torch.inf), own)
                   for m, n in zip((made, made.T), near))/2
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

def _cosines(a, b): return F.normalize(a, dim=-1)@F.normalize(b, dim=-1).T

def _vectors(student, texts):
    "Of texts, (n, dim), with a gradient."
    ids, ends, _ = student.tokenize(texts)
    return student(torch.from_numpy(ids.astype(np.int64)), np.diff(ends).tolist())
