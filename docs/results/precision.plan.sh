# STEPS=10000 NULLS=field,gaussian SEEDS="1 2 3 4 5" scripts/sweep.sh scripts/precision.plan runs/precision
# It trains these networks with each seed:

# ---- single
simulate -n 0 --skip 0 --seed 1 --arena square --env-size 2.2 --steps 100 --motion banino --ego-vel step-cos-sin \
    --heading path |
  targets --env-size 2.2 --n-pc 256 --pc-scale 0.01 --n-hdc 12 --hdc-concentration 20 --neurons-seed 8341 \
      --targets-type softmax --init-type softmax --seed 1 |
  train --batch 10 --beta1 0.9 --beta2 0.999 --bottleneck-activation linear --bottleneck-bias --cell lstm \
      --clip 0.00001 --clip-norm 0 --clip-scope heads --decay 0.9 --dropout 0.5 --epsilon 1e-10 --init-weight-disp 0 \
      --initial-ms=-1 --learning-rate 0.0003 --loss softmax --momentum 0.9 --nh-bottleneck 512 --nh-lstm 128 \
      --optimizer rmsprop --precision single --preset paper --schedule constant --schedule-factor 0.1 \
      --schedule-period 0 --seed 1 --state-noise 0 --velocity-inputs --velocity-noise 0,0,0 --warmup 0 \
      --weight-decay 0.00001 --weight-decay-decoupled=false --weight-decay-scope heads --steps 10000 \
      --checkpoint network-10000.safetensors

# ---- split
simulate -n 0 --skip 0 --seed 1 --arena square --env-size 2.2 --steps 100 --motion banino --ego-vel step-cos-sin \
    --heading path |
  targets --env-size 2.2 --n-pc 256 --pc-scale 0.01 --n-hdc 12 --hdc-concentration 20 --neurons-seed 8341 \
      --targets-type softmax --init-type softmax --seed 1 |
  train --batch 10 --beta1 0.9 --beta2 0.999 --bottleneck-activation linear --bottleneck-bias --cell lstm \
      --clip 0.00001 --clip-norm 0 --clip-scope heads --decay 0.9 --dropout 0.5 --epsilon 1e-10 --init-weight-disp 0 \
      --initial-ms=-1 --learning-rate 0.0003 --loss softmax --momentum 0.9 --nh-bottleneck 512 --nh-lstm 128 \
      --optimizer rmsprop --precision split --preset paper --schedule constant --schedule-factor 0.1 \
      --schedule-period 0 --seed 1 --state-noise 0 --velocity-inputs --velocity-noise 0,0,0 --warmup 0 \
      --weight-decay 0.00001 --weight-decay-decoupled=false --weight-decay-scope heads --steps 10000 \
      --checkpoint network-10000.safetensors

# ---- bfloat16
simulate -n 0 --skip 0 --seed 1 --arena square --env-size 2.2 --steps 100 --motion banino --ego-vel step-cos-sin \
    --heading path |
  targets --env-size 2.2 --n-pc 256 --pc-scale 0.01 --n-hdc 12 --hdc-concentration 20 --neurons-seed 8341 \
      --targets-type softmax --init-type softmax --seed 1 |
  train --batch 10 --beta1 0.9 --beta2 0.999 --bottleneck-activation linear --bottleneck-bias --cell lstm \
      --clip 0.00001 --clip-norm 0 --clip-scope heads --decay 0.9 --dropout 0.5 --epsilon 1e-10 --init-weight-disp 0 \
      --initial-ms=-1 --learning-rate 0.0003 --loss softmax --momentum 0.9 --nh-bottleneck 512 --nh-lstm 128 \
      --optimizer rmsprop --precision bfloat16 --preset paper --schedule constant --schedule-factor 0.1 \
      --schedule-period 0 --seed 1 --state-noise 0 --velocity-inputs --velocity-noise 0,0,0 --warmup 0 \
      --weight-decay 0.00001 --weight-decay-decoupled=false --weight-decay-scope heads --steps 10000 \
      --checkpoint network-10000.safetensors
