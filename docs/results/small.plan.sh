# SEEDS="$(seq -s ' ' 50)" STEPS=2000 EVALUATE=500 SLIM=yes BINS=20 SHUFFLES=20 THREADS=1 scripts/sweep.sh scripts/small.plan runs/small
# It trains these networks with each seed:

# ---- small
simulate --preset quick -n 0 --skip 0 --seed 1 --arena square --env-size 2.2 --steps 20 --motion sorscher \
    --ego-vel step-x-y --heading path |
  targets --preset quick --env-size 2.2 --n-pc 64 --pc-scale 0.12 --n-hdc 0 --hdc-concentration 0 \
      --neurons-seed 8341 --targets-type dog --init-type softmax --surround-scale 2 --seed 1 |
  train --batch 20 --beta1 0.9 --beta2 0.999 --bottleneck-activation relu --bottleneck-bias=false --cell lstm \
      --clip 0.00001 --clip-norm 0 --clip-scope none --decay 0.9 --dropout 0.5 --epsilon 1e-8 --init-weight-disp 0 \
      --initial-ms=-1 --learning-rate 0.003 --loss softmax --momentum 0.9 --nh-bottleneck 64 --nh-lstm 48 \
      --optimizer adam --precision single --preset quick --schedule constant --schedule-factor 0.1 \
      --schedule-period 0 --seed 1 --state-noise 0 --velocity-inputs --velocity-noise 0,0,0 --warmup 0 \
      --weight-decay 0.00001 --weight-decay-decoupled=false --weight-decay-scope none --steps 2000 \
      --checkpoint network-2000.safetensors

# ---- linear
simulate --preset quick -n 0 --skip 0 --seed 1 --arena square --env-size 2.2 --steps 20 --motion sorscher \
    --ego-vel step-x-y --heading path |
  targets --preset quick --env-size 2.2 --n-pc 64 --pc-scale 0.12 --n-hdc 0 --hdc-concentration 0 \
      --neurons-seed 8341 --targets-type dog --init-type softmax --surround-scale 2 --seed 1 |
  train --batch 20 --beta1 0.9 --beta2 0.999 --bottleneck-activation linear --bottleneck-bias=false --cell lstm \
      --clip 0.00001 --clip-norm 0 --clip-scope none --decay 0.9 --dropout 0.5 --epsilon 1e-8 --init-weight-disp 0 \
      --initial-ms=-1 --learning-rate 0.003 --loss softmax --momentum 0.9 --nh-bottleneck 64 --nh-lstm 48 \
      --optimizer adam --precision single --preset quick --schedule constant --schedule-factor 0.1 \
      --schedule-period 0 --seed 1 --state-noise 0 --velocity-inputs --velocity-noise 0,0,0 --warmup 0 \
      --weight-decay 0.00001 --weight-decay-decoupled=false --weight-decay-scope none --steps 2000 \
      --checkpoint network-2000.safetensors

# ---- no-dropout
simulate --preset quick -n 0 --skip 0 --seed 1 --arena square --env-size 2.2 --steps 20 --motion sorscher \
    --ego-vel step-x-y --heading path |
  targets --preset quick --env-size 2.2 --n-pc 64 --pc-scale 0.12 --n-hdc 0 --hdc-concentration 0 \
      --neurons-seed 8341 --targets-type dog --init-type softmax --surround-scale 2 --seed 1 |
  train --batch 20 --beta1 0.9 --beta2 0.999 --bottleneck-activation relu --bottleneck-bias=false --cell lstm \
      --clip 0.00001 --clip-norm 0 --clip-scope none --decay 0.9 --dropout 1 --epsilon 1e-8 --init-weight-disp 0 \
      --initial-ms=-1 --learning-rate 0.003 --loss softmax --momentum 0.9 --nh-bottleneck 64 --nh-lstm 48 \
      --optimizer adam --precision single --preset quick --schedule constant --schedule-factor 0.1 \
      --schedule-period 0 --seed 1 --state-noise 0 --velocity-inputs --velocity-noise 0,0,0 --warmup 0 \
      --weight-decay 0.00001 --weight-decay-decoupled=false --weight-decay-scope none --steps 2000 \
      --checkpoint network-2000.safetensors

# ---- no-surround
simulate --preset quick -n 0 --skip 0 --seed 1 --arena square --env-size 2.2 --steps 20 --motion sorscher \
    --ego-vel step-x-y --heading path |
  targets --preset quick --env-size 2.2 --n-pc 64 --pc-scale 0.12 --n-hdc 0 --hdc-concentration 0 \
      --neurons-seed 8341 --targets-type softmax --init-type softmax --seed 1 |
  train --batch 20 --beta1 0.9 --beta2 0.999 --bottleneck-activation relu --bottleneck-bias=false --cell lstm \
      --clip 0.00001 --clip-norm 0 --clip-scope none --decay 0.9 --dropout 0.5 --epsilon 1e-8 --init-weight-disp 0 \
      --initial-ms=-1 --learning-rate 0.003 --loss softmax --momentum 0.9 --nh-bottleneck 64 --nh-lstm 48 \
      --optimizer adam --precision single --preset quick --schedule constant --schedule-factor 0.1 \
      --schedule-period 0 --seed 1 --state-noise 0 --velocity-inputs --velocity-noise 0,0,0 --warmup 0 \
      --weight-decay 0.00001 --weight-decay-decoupled=false --weight-decay-scope none --steps 2000 \
      --checkpoint network-2000.safetensors
